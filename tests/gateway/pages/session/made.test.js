import assert from "node:assert/strict";
import { test } from "node:test";

import { showMade } from "./made.js";

test("the operator's wording stays in whichever language the page is shown; without it the page's own stands", () => {
  const element = { dataset: { text: "site.machineMade" }, textContent: "Made by software" };
  showMade(element, "");
  assert.deepEqual([element.dataset.text, element.textContent], ["site.machineMade", "Made by software"]);
  showMade(element, "Hecho por máquinas");
  assert.deepEqual([element.dataset.text, element.textContent, element.dir], [undefined, "Hecho por máquinas", "auto"]);
});
