import assert from "node:assert/strict";
import { test } from "node:test";

import { onDeparture } from "./departure.js";

/** A page that is shown, as far as a departure needs one; `left()` counts. */
function page() {
  let count = 0;
  const window = Object.assign(new EventTarget(), { document: { visibilityState: "visible" } });
  onDeparture(() => (count += 1), window);
  return {
    window,
    left: () => count,
    goes: (persisted) => window.dispatchEvent(Object.assign(new Event("pagehide"), { persisted })),
  };
}

test("a page that is closed or left while it is seen is left for good", () => {
  const { goes, left } = page();
  goes(false);
  assert.equal(left(), 1);
});

test("a page that its phone has hidden before is not", () => {
  const { window, goes, left } = page();
  window.document.visibilityState = "hidden";
  goes(false);
  assert.equal(left(), 0);
});

test("nor is one that is kept", () => {
  const { goes, left } = page();
  goes(true);
  assert.equal(left(), 0);
});
