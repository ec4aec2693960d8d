import assert from "node:assert/strict";
import { test } from "node:test";

import { openDialog } from "./sheet.js";

test("what was answered the last time is no answer", () => {
  const dialog = { returnValue: "delete", showModal: () => (dialog.open = true) };
  openDialog(dialog);
  assert.deepEqual([dialog.returnValue, dialog.open], ["", true]);
});
