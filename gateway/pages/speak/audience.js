// How the listeners of a language are counted. No DOM.

/** What they do, and how many people do that: each is counted once. The gateway counts who does both among either. */
export function ways({ captions, audio, both = 0 }) {
  return [["both", both], ["reads", captions - both], ["hears", audio - both]].filter(([, count]) => count > 0);
}
