// What a person sees who has to show who they are.

import { text } from "../texts/texts.js";

/** Asks for the speakers' key; resolves with what was typed. `trouble` says why the last one did not do. */
export function askKey(container, trouble) {
  const input = element("input", { type: "password", id: "access-key", autocomplete: "current-password", required: true });
  const label = element("label", { htmlFor: "access-key", textContent: text("access.key") });
  const hint = element("p", { textContent: text("access.keyHint") });
  const button = element("button", { type: "submit", textContent: text("access.enter") });
  return shown(container, "form", "submit", trouble, [label, hint, input, button], () => input.value);
}

/** Offers one button; resolves when it is pressed. */
export function askPress(container, key, trouble) {
  const button = element("button", { type: "button", textContent: text(key) });
  return shown(container, "div", "click", trouble, [button], () => null);
}

/** Says what nobody here can mend. */
export function say(container, key) {
  container.replaceChildren(element("p", { role: "alert", textContent: text(key) }));
  container.hidden = false;
}

function shown(container, tag, done, trouble, parts, answer) {
  const alert = element("p", { role: "alert", textContent: trouble ? text(trouble) : "", hidden: !trouble });
  const frame = element(tag, { className: "access" });
  frame.append(alert, ...parts);
  container.replaceChildren(frame);
  container.hidden = false;
  frame.querySelector("input, button").focus();
  return new Promise((resolve) => {
    (done === "submit" ? frame : frame.querySelector("button")).addEventListener(done, (event) => {
      event.preventDefault();
      const given = answer();
      container.hidden = true;
      container.replaceChildren();
      resolve(given);
    });
  });
}

function element(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}
