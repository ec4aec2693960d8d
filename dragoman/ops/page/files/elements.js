// Elements that are made once and changed where something is new: what has the focus keeps it.

/** An element with properties and children; `class` is its class. */
export function make(tag, { class: name = "", ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  if (name) made.className = name;
  made.append(...children);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

export function makeSvg(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A screen reader reads every change: the same words are none. */
export function put(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

/** Lets `list` hold an element for each of `items`, in their order: known ones stay, `shown(element, item)` brings them up to date. */
export function keep(list, items, keyOf, made, shown) {
  const wanted = new Set(items.map(keyOf));
  for (const each of [...list.children]) if (!wanted.has(each.dataset.key)) each.remove();
  const there = new Map([...list.children].map((each) => [each.dataset.key, each]));
  items.forEach((item, place) => {
    const key = keyOf(item);
    const element = there.get(key) ?? made(item);
    element.dataset.key = key;
    shown(element, item);
    if (list.children[place] !== element) list.insertBefore(element, list.children[place] ?? null);
  });
}
