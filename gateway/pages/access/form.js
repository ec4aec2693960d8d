// What a person sees who has to show who they are.

import { text } from "../texts/texts.js";

/** Asks a `speaker` or a `listener` for the key; resolves with what was typed. `trouble` says why the last one did not do. */
export function askKey(container, trouble, role) {
  const [name, why] = role === "listener" ? ["keyListener", "keyHintListener"] : ["key", "keyHint"];
  const user = element("input", { type: "text", autocomplete: "username", value: "dragoman", hidden: true }); // for what keeps keys
  const input = element("input", { type: "password", id: "access-key", autocomplete: "current-password", required: true });
  const label = element("label", { htmlFor: "access-key", textContent: text(`access.${name}`) });
  const hint = element("p", { textContent: text(`access.${why}`) });
  const button = element("button", { type: "submit", textContent: text("access.enter") });
  return shown(container, "form", "submit", trouble, [label, hint, user, input, button], () => input.value);
}

/** Offers one button; resolves when it is pressed. */
export function askPress(container, key, trouble) {
  const button = element("button", { type: "button", textContent: text(key) });
  return shown(container, "div", "click", trouble, [button], () => null);
}

/** Says what nobody here can mend. */
export function say(container, key, values) {
  container.replaceChildren(element("p", { role: "alert", className: "access", textContent: text(key, values) }));
  container.hidden = false;
}

function shown(container, tag, done, trouble, parts, answer) {
  const alert = element("p", { role: "alert", textContent: trouble ? text(trouble) : "", hidden: !trouble });
  const frame = element(tag, { className: "access" });
  frame.append(alert, ...parts);
  container.replaceChildren(frame);
  container.hidden = false;
  frame.querySelector("input:not([hidden]), button").focus();
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
