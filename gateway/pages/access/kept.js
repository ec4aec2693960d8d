// The credential of this tab: kept until the tab is closed, renewed shortly before it ends.

const SAVED = "dragoman.credential";
const EARLY_MS = 20_000;

export class Kept {
  #storage;
  #renew;
  #now;
  #renewing = null;

  /** `renew` turns kept tokens into newer ones, or into null when there is no way to. */
  constructor(storage, renew, now = Date.now) {
    this.#storage = storage;
    this.#renew = renew;
    this.#now = now;
  }

  /** Keeps `{token, refresh, until}`; a key has neither of the last two. */
  keep(tokens) {
    this.#storage.setItem(SAVED, JSON.stringify(tokens));
  }

  forget() {
    this.#storage.removeItem(SAVED);
  }

  /** A credential that is good now, or null. */
  async credential() {
    const tokens = JSON.parse(this.#storage.getItem(SAVED) ?? "null");
    if (!tokens) return null;
    if (!tokens.until || this.#now() < tokens.until - EARLY_MS) return tokens.token;
    // Only once for all who ask meanwhile: an issuer may take a refresh token for stolen when it comes twice.
    this.#renewing ??= this.#renewed(tokens).finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  async #renewed(tokens) {
    const fresh = tokens.refresh ? await this.#renew(tokens) : null;
    if (fresh) {
      this.keep({ ...fresh, refresh: fresh.refresh ?? tokens.refresh });
      return fresh.token;
    }
    if (this.#now() < tokens.until) return tokens.token;
    this.forget();
    return null;
  }
}
