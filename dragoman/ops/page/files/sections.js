// The parts of the page: each shows what was told.

import { curve, HEIGHT, heightOf, topOf, WIDTH } from "./curve.js";
import { keep, make, makeSvg, put } from "./elements.js";
import { kindOfStage, load, many, money, path, stretch } from "./words.js";

const part = (id) => document.querySelector(`#${id}`);

/** Instead of a list that is empty: why it is. */
function missing(id, empty, why) {
  part(id).hidden = !empty;
  put(part(id), why);
}

export function showStages({ stages, stepS, away }) {
  keep(part("stages"), stages, ({ stage }) => stage, makeStage, (card, stage) => showStage(card, stage, stepS));
  missing("no-stages", !stages.length, `Not known: ${away.kafka ?? ""}`);
}

function makeStage({ stage }) {
  const attributes = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", class: "curve", role: "img" };
  const drawn = ["area", "line"].map((name) => makeSvg("path", { class: name }));
  return make("li", {}, make("h3", {}, stage, make("span", { class: "seconds" })),
    makeSvg("svg", attributes, makeSvg("line", { class: "limit", x1: 0, x2: WIDTH }), ...drawn),
    make("div", { class: "ends" }, make("span"), make("span", { textContent: "now" })),
    make("p", { class: "waiting" }), make("div", { class: "bar" }), make("p", { class: "soft outcomes" }));
}

function showStage(card, stage, stepS) {
  const { trend, seconds, messages, late, lateS, partition, outcomes } = stage;
  card.dataset.kind = kindOfStage(stage);
  put(card.querySelector(".seconds"), stretch(seconds));
  const [svg, top] = [card.querySelector("svg"), topOf(trend, lateS)];
  const { line, area } = curve(trend, top);
  svg.querySelector(".line").setAttribute("d", line);
  svg.querySelector(".area").setAttribute("d", area);
  for (const y of ["y1", "y2"]) svg.querySelector(".limit").setAttribute(y, heightOf(lateS, top));
  const known = trend.filter((point) => point !== null);
  svg.setAttribute("aria-label", `Seconds behind in the last minutes: at most ${stretch(Math.max(0, ...known))}; late from ${stretch(lateS)} on`);
  put(card.querySelector(".ends span"), `${stretch(trend.length * stepS)} ago`);
  const where = partition ? `, the oldest in ${partition}` : "";
  put(card.querySelector(".waiting"), `${many(messages, "record")} ${messages === 1 ? "waits" : "wait"}${where}${late ? `; ${many(late, "partition")} late` : ""}`);
  showOutcomes(card, outcomes);
}

function showOutcomes(card, { ok, holes }) {
  const rows = [["ok", ok], ...Object.entries(holes)];
  const whole = rows.reduce((sum, [, count]) => sum + count, 0);
  card.querySelector(".bar").hidden = !whole;
  keep(card.querySelector(".bar"), rows.filter(([, count]) => count), ([name]) => name, ([name]) => make("span", { class: name.split(" ")[0] }),
    (span, [, count]) => { span.style.flexGrow = count; });
  put(card.querySelector(".outcomes"), whole ? rows.filter(([, count]) => count).map(([name, count]) => `${count.toLocaleString("en")} ${name}`).join(", ") : "");
}

export function showNumbers(told) {
  const { speaking, listeners, processes, lettersOpen, money: amount, currency, away } = told;
  const sum = (name) => processes.reduce((whole, each) => whole + each[name], 0);
  const [redis, records] = ["redis" in away, "records" in away];
  const rows = [
    ["Sessions", redis ? "?" : speaking.toLocaleString("en")],
    ["Listeners", redis ? "?" : listeners.toLocaleString("en")],
    ["Connections", redis ? "?" : sum("connections").toLocaleString("en")],
    ["Recognisers in use", redis ? "?" : sum("most") ? `${sum("taken")} of ${sum("most")}` : "–"],
    ["Dead letters", records ? "?" : lettersOpen.toLocaleString("en")],
    ["Engines, an hour", records ? "?" : money(amount, currency)],
  ];
  keep(part("numbers"), rows, ([name]) => name, ([name]) => make("div", {}, make("dt", { textContent: name }), make("dd")),
    (row, [, figure]) => put(row.querySelector("dd"), figure));
}

export function showSessions({ sessions, speaking, at, away }, act) {
  keep(part("sessions"), sessions, ({ id }) => id, (session) => makeSession(session, act), (card, session) => showSession(card, session, at));
  const more = speaking - sessions.length;
  const why = away.redis ? `Not known: ${away.redis}` : more ? `${many(more, "older session")} not shown.` : "Nobody speaks.";
  missing("no-sessions", !sessions.length || more > 0, why);
}

function makeSession({ code }, act) {
  const button = (action, name) => make("button", { type: "button", class: action === "end" ? "ending" : "hiding", onclick: () => act(action, card.session), textContent: name });
  const card = make("li", {}, make("h3", { textContent: code }), make("p", { class: "soft title", dir: "auto" }),
    make("div", { class: "tags states" }), make("div", { class: "bar" }), make("p", { class: "took" }), make("div", { class: "legend" }),
    make("div", { class: "tags languages" }), make("div", { class: "doing" }, button("hide", ""), button("end", "End")));
  return card;
}

function showSession(card, session, at) {
  card.session = session;
  const { title, state, hidden, sourceLanguage, spokenS, createdAt, languages, code } = session;
  put(card.querySelector(".title"), title);
  card.querySelector(".title").hidden = !title;
  const states = [[state, state], ...(hidden ? [["hidden", "captions hidden"]] : []), ["for", `for ${stretch(Math.max(0, at - createdAt) / 1000)}`], ["spoken", `${stretch(spokenS)} of audio`]];
  keep(card.querySelector(".states"), states, ([name]) => name, ([name]) => make("span", { class: `tag ${name}` }), (tag, [, words]) => put(tag, words));
  const { steps, readS, heardS } = path(session);
  card.querySelector(".bar").hidden = !steps.length;
  keep(card.querySelector(".bar"), steps, ({ stage }) => stage, ({ stage }) => make("span", { class: stage }), (span, { ms }) => { span.style.flexGrow = Math.max(ms, 1); });
  keep(card.querySelector(".legend"), steps, ({ stage }) => stage, ({ stage }) => make("span", { class: stage }), (span, { stage, ms }) => put(span, `${stage} ${stretch(ms / 1000)}`));
  const heard = heardS === null ? "" : `, heard after ${stretch(heardS)}`;
  put(card.querySelector(".took"), steps.length ? `Last words read after ${stretch(readS)}${heard}` : "Nothing was said yet");
  const crowd = Object.entries(languages).map(([language, { reading, hearing }]) => [language, `${language} · ${many(reading, "reader")}${hearing ? `, ${hearing} hear it` : ""}`]);
  keep(card.querySelector(".languages"), [["floor", `speaks ${sourceLanguage}`], ...crowd], ([name]) => name, ([name]) => make("span", { class: `tag ${name === "floor" ? name : ""}` }),
    (tag, [, words]) => put(tag, words));
  const [hiding, ending] = card.querySelectorAll("button");
  put(hiding, hidden ? "Show captions" : "Hide captions");
  hiding.ariaLabel = `${hiding.textContent} of ${code}`;
  ending.ariaLabel = `End ${code}`;
}

export function showEngines({ engines, uses, currency, pricesOf, away }) {
  const known = new Map(engines.map((each) => [`${each.stage} ${each.engine}`, each]));
  for (const use of uses) if (!known.has(`${use.stage} ${use.engine}`)) known.set(`${use.stage} ${use.engine}`, { ...use, languages: 0, resting: [] });
  const rows = [...known].map(([key, engine]) => ({ ...engine, use: uses.find((use) => `${use.stage} ${use.engine}` === key) }));
  keep(document.querySelector("#engines tbody"), rows, ({ stage, engine }) => `${stage} ${engine}`, makeEngine, (row, engine) => showEngine(row, engine, currency));
  part("engines").hidden = !rows.length;
  missing("no-engines", !rows.length, away.redis ? `Not known: ${away.redis}` : "No worker has said what it can do.");
  put(part("prices"), away.records ? `Calls are not counted: ${away.records}` : `By prices of ${pricesOf}, as if every hour were like the last ten minutes.`);
}

function makeEngine({ stage, engine }) {
  return make("tr", {}, make("th", { scope: "row" }, engine, make("span", { class: "soft" , textContent: stage })), ...["calls", "failed", "takes", "costs"].map((name) => make("td", { class: name })));
}

function showEngine(row, { stage, languages, resting, use }, currency) {
  if (resting.length) row.dataset.kind = "bad";
  else delete row.dataset.kind;
  const first = languages ? `, first for ${many(languages, stage === "translate" ? "pair" : "language")}` : "";
  put(row.querySelector(".soft"), `${stage}${first}${resting.length ? `; left alone: ${resting.join(", ")}` : ""}`);
  put(row.querySelector(".calls"), (use?.calls ?? 0).toLocaleString("en"));
  put(row.querySelector(".failed"), use?.failed ? `${use.failed.toLocaleString("en")} (${Math.ceil((100 * use.failed) / use.calls)} %)` : "0");
  put(row.querySelector(".takes"), use?.calls ? `${Math.round(use.tookMs / use.calls).toLocaleString("en")} ms` : "–");
  put(row.querySelector(".costs"), use?.money ? money(use.money * 6, currency) : "–");
}

export function showLetters({ letters, lettersOpen, away }, act) {
  keep(part("letters"), letters, ({ id }) => id, (letter) => makeLetter(letter, act), () => {});
  const more = lettersOpen - letters.length;
  const why = away.records ? `Not known: ${away.records}` : more ? `${many(more, "older letter")}: \`dragoman dead-letters list\` shows them.` : "None: every record could be processed.";
  missing("no-letters", !letters.length || more > 0, why);
}

function makeLetter(letter, act) {
  const { id, code, stage, place, replayable, error, at } = letter;
  const button = (action, name) => make("button", { type: "button", textContent: name, class: action === "discard" ? "ending" : "", ariaLabel: `${name} ${id}`, onclick: () => act(action, letter, busy) });
  const doing = make("div", { class: "doing" }, ...(replayable ? [button("replay", "Replay")] : []), button("discard", "Discard"));
  const busy = (is) => { for (const each of doing.children) each.disabled = is; };
  return make("li", {}, make("p", {}, make("strong", { textContent: error })),
    make("p", { class: "soft small", textContent: `${id}: ${stage} gave up ${place} of ${code}, ${new Date(at).toLocaleString()}` }),
    doing);
}

export function showProcesses({ processes, at, away }) {
  const made = ({ kind, name }) => make("tr", {}, make("th", { scope: "row" }, kind, make("span", { class: "soft", textContent: name })), ...["version", "runs", "has"].map((cell) => make("td", { class: cell })));
  keep(document.querySelector("#processes tbody"), processes, ({ kind, name }) => `${kind} ${name}`, made, (row, process) => {
    if (process.silentS) row.dataset.kind = "warn";
    else delete row.dataset.kind;
    put(row.querySelector(".version"), process.version || "?");
    put(row.querySelector(".runs"), process.silentS ? `silent for ${stretch(process.silentS)}` : stretch(Math.max(0, at - process.since) / 1000));
    put(row.querySelector(".has"), load(process));
  });
  part("processes").hidden = !processes.length;
  missing("no-processes", !processes.length, away.redis ? `Not known: ${away.redis}` : "None has said that it is there.");
}
