// The bar that shows how loud it is.

import { decibels, percent } from "./level.js";

/** Shows the level of a frame on a `role="meter"` element. */
export function showLevel(meter, pcm, silenced = false) {
  const value = silenced ? 0 : percent(decibels(pcm));
  meter.setAttribute("aria-valuenow", value);
  meter.firstElementChild.style.transform = `translateX(${value - 100}%)`;
}
