// What the page says of figures. No DOM.

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;

/** A stretch of time as people say it: `0.4 s`, `42 s`, `3 min`, `2 h 5 min`, `4 days`. */
export function stretch(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 2 * MINUTE_S) return `${Math.round(seconds)} s`;
  if (seconds < HOUR_S) return `${Math.floor(seconds / MINUTE_S)} min`;
  if (seconds >= 2 * DAY_S) return `${Math.floor(seconds / DAY_S)} days`;
  const minutes = Math.floor((seconds % HOUR_S) / MINUTE_S);
  return `${Math.floor(seconds / HOUR_S)} h${minutes ? ` ${minutes} min` : ""}`;
}

/** `1 session`, `1,204 sessions`. */
export function many(count, one, more = `${one}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : more}`;
}

export function money(amount, currency) {
  const maximumFractionDigits = amount < 1 ? 3 : 2;
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency, maximumFractionDigits }).format(amount);
  } catch { // a price table may say what it likes
    return `${amount.toLocaleString("en", { maximumFractionDigits })} ${currency}`;
  }
}

/** `bad` where people notice, `warn` where they soon may, else `good`. */
export function kindOfStage({ seconds, late, lateS }) {
  if (late) return "bad";
  return seconds > lateS / 2 ? "warn" : "good";
}

/** How all stands, in one line: `{kind, words}`; the worst first. */
export function verdict(told) {
  const away = Object.values(told.away);
  if (away.length) return { kind: "bad", words: away.join(" ") };
  const late = told.stages.filter((stage) => stage.late);
  if (late.length) {
    const words = late.map(({ stage, seconds, late: partitions }) => `${stage} is ${stretch(seconds)} behind in ${many(partitions, "partition")}`);
    return { kind: "bad", words: words.join(", ") };
  }
  const resting = told.engines.filter((each) => each.resting.length).map(({ stage, engine }) => `${stage} leaves ${engine} alone`);
  const silent = told.processes.filter((each) => each.silentS > 0).map(({ kind, name }) => `${kind} ${name} is silent`);
  const versions = new Set(told.processes.filter((each) => !each.silentS).map((each) => each.version));
  const concerns = [...resting, ...silent];
  if (told.lettersOpen) concerns.push(many(told.lettersOpen, "dead letter"));
  if (versions.size > 1) concerns.push(`${versions.size} versions run side by side`);
  return concerns.length ? { kind: "warn", words: concerns.join(", ") } : { kind: "good", words: "All is well" };
}

/** The path of a session's last words, `{stage, ms}` in its order, and how long it took until they were read, and heard. */
export function path({ lagMs }) {
  const stages = ["transcribe", "translate", "synthesize", "broadcast"].filter((stage) => stage in lagMs);
  const steps = stages.map((stage) => ({ stage, ms: lagMs[stage] }));
  const sum = (left) => steps.reduce((whole, { stage, ms }) => whole + (stage === left ? 0 : ms), 0) / 1000;
  return { steps, readS: sum("synthesize"), heardS: "synthesize" in lagMs ? sum(null) : null };
}

/** What a gateway or a worker has: sockets and people, or sessions that it hears. */
export function load({ kind, connections, speakers, listeners, taken, most }) {
  if (kind === "gateway") return `${many(connections, "connection")}, ${many(speakers, "speaker")}, ${many(listeners, "listener")}`;
  return most ? `hears ${taken} of ${most}` : "";
}
