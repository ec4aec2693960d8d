// What a tap on Listen brings, said before it. No DOM.

/** The names of the texts that are true: `listeners` are admitted so, `speech` is there, the screen can be kept `awake`. */
export function promises(listeners, speech, awake) {
  const account = listeners === "signed-in" ? [] : ["promiseAccount"];
  return [...account, speech ? "promiseSound" : "promiseRead", ...(awake ? ["promiseScreen"] : [])];
}
