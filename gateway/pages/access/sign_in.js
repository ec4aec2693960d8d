// Signing in at the issuer: away from the page, back to it, and again before the token ends.

import { ask } from "../session/ask.js";
import { tabStorage } from "../session/storage.js";
import { SignInError, authorizationUrl, challengeOf, codeIn, isReturn, randomText, tokensIn } from "./pkce.js";

const FLOW = "dragoman.signIn";

/** Leaves the page for the issuer's, which comes back to it. */
export async function signIn(access) {
  if (!crypto.subtle) throw new SignInError("access.needsHttps");
  const flow = {
    state: randomText(),
    nonce: randomText(),
    verifier: randomText(),
    redirect: location.origin + location.pathname,
    search: location.search,
  };
  tabStorage().setItem(FLOW, JSON.stringify(flow));
  location.assign(authorizationUrl(access, flow, await challengeOf(flow.verifier)));
}

/** The tokens, when the person has just come back from the issuer; null when not. */
export async function returned(access) {
  const parameters = new URLSearchParams(location.search);
  if (!isReturn(parameters)) return null;
  const flow = JSON.parse(tabStorage().getItem(FLOW) ?? "null");
  tabStorage().removeItem(FLOW);
  history.replaceState(null, "", location.pathname + (flow?.search ?? "")); // the code is in no bookmark and no link
  const code = codeIn(parameters, flow, access.issuer);
  const form = { grant_type: "authorization_code", code, redirect_uri: flow.redirect, code_verifier: flow.verifier };
  const answer = await redeem(access, form);
  if (!answer) throw new SignInError("access.failed");
  return tokensIn(answer, flow.nonce, Date.now());
}

/** Newer tokens, or null when the issuer wants to see the person. */
export async function renewed(access, tokens) {
  const answer = await redeem(access, { grant_type: "refresh_token", refresh_token: tokens.refresh });
  return answer && tokensIn(answer, null, Date.now());
}

/** The token endpoint's answer; null when it refuses. */
async function redeem(access, form) {
  const body = new URLSearchParams({ client_id: access.clientId, ...form });
  const response = await ask(access.tokenEndpoint, { method: "POST", body });
  if (response.status >= 500) throw new SignInError("access.away");
  return response.ok ? response.json() : null;
}
