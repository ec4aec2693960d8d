import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import test from "node:test";

import { authorizationUrl, challengeOf, codeIn, isReturn, randomText, tokensIn } from "./pkce.js";

globalThis.crypto ??= webcrypto; // Node 18 has it in a module only

const ACCESS = {
  authorizationEndpoint: "https://login.example/authorize?kind=a",
  clientId: "pages",
  scope: "openid talks",
  issuer: "https://login.example",
};
const FLOW = { state: "s", nonce: "n", verifier: "v", redirect: "https://talks.example/speak" };
const parameters = (text) => new URLSearchParams(text);
const failsWith = (key) => (error) => error.key === key;

test("the challenge is that of RFC 7636, appendix B", async () => {
  const challenge = await challengeOf("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  assert.equal(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
});

test("a verifier is long enough, and never the same", () => {
  const texts = new Set(Array.from({ length: 50 }, randomText));
  assert.equal(texts.size, 50);
  for (const text of texts) assert.match(text, /^[A-Za-z0-9_-]{43}$/);
});

test("the issuer is asked for a code with a challenge, and learns no verifier", () => {
  const url = new URL(authorizationUrl(ACCESS, FLOW, "c"));
  assert.equal(url.origin + url.pathname, "https://login.example/authorize");
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    kind: "a",
    response_type: "code",
    client_id: "pages",
    redirect_uri: "https://talks.example/speak",
    scope: "openid talks",
    state: "s",
    nonce: "n",
    code_challenge: "c",
    code_challenge_method: "S256",
  });
});

test("an ordinary address is no return", () => {
  assert.equal(isReturn(parameters("language=es")), false);
  assert.equal(isReturn(parameters("code=4711")), false);
  assert.equal(isReturn(parameters("state=s&error=access_denied")), true);
});

test("the code of a sign-in that was begun here is taken", () => {
  assert.equal(codeIn(parameters("state=s&code=c"), FLOW, ACCESS.issuer), "c");
  assert.equal(codeIn(parameters("state=s&code=c&iss=https://login.example"), FLOW, ACCESS.issuer), "c");
});

test("the code of a sign-in that somebody else began is not", () => {
  assert.throws(() => codeIn(parameters("state=t&code=c"), FLOW, ACCESS.issuer), failsWith("access.strayed"));
  assert.throws(() => codeIn(parameters("state=s&code=c"), null, ACCESS.issuer), failsWith("access.strayed"));
  assert.throws(() => codeIn(parameters("state=s&code=c&iss=https://evil.example"), FLOW, ACCESS.issuer), failsWith("access.strayed"));
});

test("a refusal by the issuer is no sign-in", () => {
  assert.throws(() => codeIn(parameters("state=s&error=access_denied"), FLOW, ACCESS.issuer), failsWith("access.failed"));
});

test("tokens are kept with the time at which they end", () => {
  const answer = { access_token: "a", refresh_token: "r", expires_in: 60, id_token: idToken("n") };
  assert.deepEqual(tokensIn(answer, "n", 1000), { token: "a", refresh: "r", until: 61_000 });
  assert.deepEqual(tokensIn({ access_token: "a" }, null, 1000), { token: "a", refresh: null, until: null });
});

test("an answer to somebody else's question is not taken", () => {
  assert.throws(() => tokensIn({ access_token: "a", id_token: idToken("m") }, "n", 0), failsWith("access.strayed"));
  assert.throws(() => tokensIn({ access_token: "a", id_token: "nonsense" }, "n", 0), failsWith("access.failed"));
  assert.throws(() => tokensIn({}, "n", 0), failsWith("access.failed"));
});

function idToken(nonce) {
  return `h.${Buffer.from(JSON.stringify({ nonce, name: "Zoë?>" })).toString("base64url")}.s`;
}
