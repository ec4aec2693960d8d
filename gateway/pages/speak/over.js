// What is said when a session is over for this page.

import { put, text } from "../texts/texts.js";
import { showRemains } from "./remains.js";
import { duration } from "./time.js";

const part = (id) => document.querySelector(`#${id}`);
const REASONS = {
  "session-not-found": "overGone",
  unauthorized: "overForbidden",
  forbidden: "overForbidden",
  4003: "overForbidden",
  4009: "overReplaced",
};
const UNDER_WAY_S = 2; // less may have arrived

/**
 * Says why `session` is over (`session-ended`, an error's code or a close code), what of it is lost, and what can be done
 * with it then.
 */
export function showOver(why, { ending, seconds, lostSeconds, unsafeSeconds }, session) {
  const ended = why === "session-ended" || why === "session-not-found";
  put(part("over-title"), ended ? "speak.over" : "speak.overStopped");
  const lost = Math.round(lostSeconds + unsafeSeconds);
  const said = [explained(why, ending, seconds)];
  if (lost >= UNDER_WAY_S) said.push(text("speak.overLost", { seconds: lost }));
  part("over-text").textContent = said.join(" ");
  if (why === "session-ended") showRemains(session);
  part("over").hidden = false;
  part("over-title").focus();
}

function explained(why, ending, seconds) {
  if (why === "session-ended") return ending ? text("speak.overDone", { time: duration(seconds) }) : text("speak.overGone");
  return text(`speak.${REASONS[why] ?? "overOther"}`, { code: why });
}
