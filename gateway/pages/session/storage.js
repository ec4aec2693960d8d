// What a page remembers on this device. No call here throws: what the browser does not keep (the person forbids it, a
// private window, no room) is remembered until the page is closed.

class Guarded {
  #find;
  /** What the browser would not take. */
  #unkept = new Map();

  /** `find` gives the browser's own; its mere mention throws where cookies are blocked. */
  constructor(find) {
    this.#find = find;
  }

  getItem(name) {
    return this.#unkept.get(name) ?? this.#attempt((store) => store.getItem(name)) ?? null;
  }

  setItem(name, text) {
    const kept = this.#attempt((store) => {
      store.setItem(name, text);
      return true;
    });
    if (kept) this.#unkept.delete(name);
    else this.#unkept.set(name, text);
  }

  removeItem(name) {
    this.#unkept.delete(name);
    this.#attempt((store) => store.removeItem(name));
  }

  #attempt(use) {
    try {
      return use(this.#find());
    } catch {
      return null;
    }
  }
}

const browsers = new Guarded(() => globalThis.localStorage);
const tabs = new Guarded(() => globalThis.sessionStorage);

/** Like `localStorage`: shared by all pages, kept when the browser is closed. */
export function storage(browser = null) {
  return browser ? new Guarded(() => browser.localStorage) : browsers;
}

/** Like `sessionStorage`: of this tab alone, kept until it is closed. */
export function tabStorage() {
  return tabs;
}
