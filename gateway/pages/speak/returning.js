// When to come back after a lost socket: the protocol's table of close codes, as ms to wait.

const AT_ONCE = [1001, 1012];
const NEVER = [1007, 1009, 4001, 4009, 4010];
export const NOT_ALLOWED = 4003;
export const TOO_MANY = 4029;
const FIRST_MS = 250;
const LONGEST_MS = 5000;

/** Ms before attempt `attempt` (from 0) after a close with `code`; null: do not come back. `chance` is from 0 to 1. */
export function waitBeforeReturn(code, attempt, chance = Math.random()) {
  if (NEVER.includes(code)) return null;
  if (code === NOT_ALLOWED && attempt > 2) return null; // three new tickets did not help
  if (code === TOO_MANY) return LONGEST_MS * (1 + chance / 2);
  if (attempt === 0 && (AT_ONCE.includes(code) || code === NOT_ALLOWED)) return 0;
  // Chance keeps many clients from coming back in the same instant.
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt) * (0.5 + chance / 2);
}
