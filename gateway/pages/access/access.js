// Who is in front of the page: asked only where the gateway wants to know. `loadTexts` must have ended before.

import { ask, BusyError } from "../session/ask.js";
import { tabStorage } from "../session/storage.js";
import { askKey, askPress, say } from "./form.js";
import { Kept } from "./kept.js";
import { SignInError } from "./pkce.js";
import { renewed, returned, signIn } from "./sign_in.js";

const kept = new Kept(tabStorage(), async (tokens) => renewed(await described(), tokens));
/** What a header can hold; keys and tokens are made of it. */
const SENDABLE = /^[\x21-\x7e]+$/;
let description = null;

/** Resolves when the gateway knows the person, or does not want to; until then it asks the `role`, in `container`. */
export async function admitted(container, role = "speaker") {
  const access = await knownAccess(container);
  if (access.mode === "open") return;
  let trouble = access.mode === "oidc" ? await comeBack(access) : null;
  while (!(await isKnown(container))) {
    trouble = await (access.mode === "secret" ? enterKey(container, trouble, role) : leave(access, container, trouble));
  }
}

/** A ticket for one socket; null where none is needed, and for somebody whom the gateway does not know. */
export async function ticket() {
  const shown = (await described()).mode === "open" ? null : await credential();
  if (!shown || !SENDABLE.test(shown)) return null;
  const response = await ask("/api/tickets", { method: "POST", headers: { Authorization: `Bearer ${shown}` } });
  if (response.status === 401) kept.forget();
  else if (!response.ok) throw new SignInError("access.away");
  return response.ok ? (await response.json()).ticket : null;
}

/** What a socket of the gateway is to be offered as subprotocols: asked anew for each, as a ticket is good once. */
export async function protocols() {
  const offered = await ticket();
  return ["dragoman.v1", ...(offered ? [`ticket.${offered}`] : [])];
}

/** What the person shows the gateway, good now; null if there is nothing. */
export function credential() {
  return kept.credential();
}

/** Signs out of this tab, so that somebody else can sign in. */
export function forget() {
  kept.forget();
}

async function described() {
  if (!description) {
    const response = await ask("/api/access");
    if (!response.ok) throw new SignInError("access.away");
    description = await response.json();
  }
  return description;
}

/** The gateway's own answer, however long it takes: it, or the issuer, may be away. */
function knownAccess(container) {
  return untilAnswered(container, described);
}

function isKnown(container) {
  return untilAnswered(container, async () => (await ticket()) !== null);
}

/** Tries again when the server's pause is over, or when the person says so. */
async function untilAnswered(container, attempt) {
  while (true) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof BusyError) await pause(container, error.seconds);
      else await askPress(container, "access.again", "access.away");
    }
  }
}

async function pause(container, seconds) {
  say(container, "access.busy", { seconds });
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  container.hidden = true;
  container.replaceChildren();
}

/** Takes over what the issuer sent with the person; the text that says what went wrong with it, or null. */
async function comeBack(access) {
  try {
    const tokens = await returned(access);
    if (tokens) kept.keep(tokens);
    return tokens && !(await credential()) ? "access.failed" : null;
  } catch (error) {
    return error.key ?? "access.away";
  }
}

async function enterKey(container, trouble, role) {
  kept.keep({ token: await askKey(container, trouble, role) });
  return "access.wrongKey";
}

async function leave(access, container, trouble) {
  if (!access.clientId) {
    say(container, "access.notHere");
    return new Promise(() => {});
  }
  await askPress(container, "access.signIn", trouble);
  try {
    await signIn(access);
  } catch (error) {
    return error.key ?? "access.failed";
  }
  return new Promise(() => {}); // the issuer's page follows
}
