// What a page remembers on this device; nothing, where the browser is told to let nobody store anything.

const NOTHING = { getItem: () => null, setItem: () => {} };

/** Like `localStorage`, whose mere mention throws where cookies are blocked. */
export function storage(browser = globalThis) {
  try {
    return browser.localStorage ?? NOTHING;
  } catch {
    return NOTHING;
  }
}
