import assert from "node:assert/strict";
import { test } from "node:test";

import { Wishes } from "./wishes.js";

globalThis.document = { documentElement: { lang: "en" } };

/** A row of the page, as far as it is used. */
function row() {
  const parts = { span: { dataset: {} }, button: { dataset: {}, addEventListener: (_, press) => (parts.button.press = press) } };
  return { hidden: true, parts, querySelector: (name) => parts[name] };
}

function page(...wanted) {
  const [rows, changes] = [[row(), row()], []];
  return { rows, changes, wishes: new Wishes(rows, wanted, (...change) => changes.push(change)) };
}

const texts = ({ parts }) => [parts.span.dataset.text, parts.button.dataset.text, parts.span.dataset.values];

test("who can have their language is asked nothing", () => {
  const { rows, wishes } = page("es-MX", "pl");
  wishes.offer(["en", "es"], "en");
  assert.deepEqual(rows.map(({ hidden }) => hidden), [true, true]);
});

test("a language that is not offered is named everywhere, and can be wished for and no longer", () => {
  const { rows, changes, wishes } = page("pl-PL", "en");
  wishes.offer(["en", "es"], "en");
  assert.deepEqual(rows.map(({ hidden }) => hidden), [false, false]);
  for (const each of rows) assert.deepEqual(texts(each), ["listen.notOffered", "listen.wish", '{"language":"polski"}']);
  rows[1].parts.button.press();
  assert.equal(wishes.made, "pl");
  for (const each of rows) assert.deepEqual(texts(each).slice(0, 2), ["listen.wished", "listen.unwish"]);
  wishes.offer(["en", "es", "ca"], "en");
  assert.equal(wishes.made, "pl", "it is still missing");
  rows[0].parts.button.press();
  assert.equal(wishes.made, "");
  assert.deepEqual(changes, [["pl", "listen.wished", "pl"], ["", "listen.wishGone", "pl"]]);
});

test("a wish that came true is none any more, and is told", () => {
  const { rows, changes, wishes } = page("pl");
  wishes.offer(["en"], "en");
  rows[0].parts.button.press();
  wishes.offer(["en", "pl"], "en");
  assert.deepEqual([wishes.made, rows[0].hidden], ["", true]);
  assert.deepEqual(changes.at(-1), ["", "listen.wishFulfilled", "pl"]);
});

test("while nobody knows what is spoken nothing is missing", () => {
  const { rows, wishes } = page("pl");
  wishes.offer(["auto", "es"], "auto");
  assert.equal(rows[0].hidden, true);
});
