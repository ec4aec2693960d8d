import assert from "node:assert/strict";
import { test } from "node:test";

import { ask } from "./ask.js";

test("what was answered the last time is no answer", () => {
  const dialog = { returnValue: "delete", showModal: () => (dialog.open = true) };
  ask(dialog);
  assert.deepEqual([dialog.returnValue, dialog.open], ["", true]);
});
