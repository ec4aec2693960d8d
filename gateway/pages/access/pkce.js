// Authorization code with proof key, without the page: RFC 6749, RFC 7636, RFC 9207, OpenID Connect Core 1.0.

/** What went wrong, as the name of a text of the section `access`. */
export class SignInError extends Error {
  constructor(key) {
    super(key);
    this.key = key;
  }
}

/** Text that nobody guesses. */
export function randomText() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** What the issuer sees of a verifier before the code is redeemed. */
export async function challengeOf(verifier) {
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}

/** Where a person signs in. */
export function authorizationUrl(access, flow, challenge) {
  const url = new URL(access.authorizationEndpoint);
  const asked = {
    response_type: "code",
    client_id: access.clientId,
    redirect_uri: flow.redirect,
    scope: access.scope,
    state: flow.state,
    nonce: flow.nonce,
    code_challenge: challenge,
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  return url.href;
}

/** Whether an address is one that the issuer sent the person back to. */
export function isReturn(parameters) {
  return parameters.has("state") && (parameters.has("code") || parameters.has("error"));
}

/** The code that the issuer sent with the person; `flow` is what was kept when they left, or null. */
export function codeIn(parameters, flow, issuer) {
  if (!flow || parameters.get("state") !== flow.state) throw new SignInError("access.strayed");
  if (parameters.has("iss") && parameters.get("iss") !== issuer) throw new SignInError("access.strayed");
  if (!parameters.has("code")) throw new SignInError("access.failed");
  return parameters.get("code");
}

/** The tokens of an answer, and when they end; `nonce` is null where none was sent. */
export function tokensIn(answer, nonce, now) {
  if (!answer.access_token) throw new SignInError("access.failed");
  if (nonce && answer.id_token && claimsOf(answer.id_token).nonce !== nonce) throw new SignInError("access.strayed");
  return {
    token: answer.access_token,
    refresh: answer.refresh_token ?? null,
    until: answer.expires_in ? now + answer.expires_in * 1000 : null,
  };
}

/** The claims of a token that came straight from the issuer, which is why nobody needs to look at the signature. */
function claimsOf(token) {
  try {
    return JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    throw new SignInError("access.failed");
  }
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
