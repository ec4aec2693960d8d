// Which key does what. No DOM: an event is what the browser's has.

export const SHORTCUTS = new Map([
  [" ", "pause"],
  ["l", "live"],
  ["m", "sound"],
  ["+", "bigger"],
  ["-", "smaller"],
  ["?", "help"],
]);
const TYPING = ["INPUT", "SELECT", "TEXTAREA"];
/** Keys that press what has the focus. */
const PRESSES = [" ", "Enter"];

/** The command of a key, or null: while something is typed, and for keys that mean something already. */
export function commandOf({ key, ctrlKey, metaKey, altKey, target }) {
  if (ctrlKey || metaKey || altKey || TYPING.includes(target.tagName)) return null;
  if (PRESSES.includes(key) && ["BUTTON", "A"].includes(target.tagName)) return null;
  return SHORTCUTS.get(key === "=" ? "+" : key.toLowerCase()) ?? null;
}
