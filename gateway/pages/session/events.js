// Server-sent events as they come in pieces. No DOM, no network.

export class Events {
  #rest = "";

  /** The blocks that `text` completes: each `{data}` or `{comment}`, or empty for what is neither. */
  push(text) {
    const blocks = (this.#rest + text).split("\n\n");
    this.#rest = blocks.pop();
    return blocks.map((block) => Object.fromEntries(block.split("\n").map(field).filter(Boolean)));
  }
}

function field(line) {
  if (line.startsWith(": ")) return ["comment", line.slice(2)];
  return line.startsWith("data: ") ? ["data", line.slice(6)] : null;
}
