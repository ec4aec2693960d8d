// The operators' page: asks every two seconds how all stands, shows it, and does what is asked for.

import { put } from "./elements.js";
import { showEngines, showLetters, showNumbers, showProcesses, showSessions, showStages } from "./sections.js";
import { stretch, verdict } from "./words.js";

const LOOK_MS = 2000;
const PATIENCE_MS = 10_000;
const MARK = { "Dragoman-Ops": "1" };

const part = (id) => document.querySelector(`#${id}`);
let seen = 0; // when the board was told last

let looking = false;

async function look() {
  if (document.hidden || looking) return;
  looking = true;
  try {
    await ask();
  } finally {
    looking = false;
  }
}

async function ask() {
  let response, said;
  try {
    response = await fetch("/ops/api/board", { signal: AbortSignal.timeout(PATIENCE_MS) });
    said = await response.json();
  } catch {
    return lost();
  }
  if (response.status === 401) return locked();
  if (response.status === 403) return state("bad", said.message);
  if (!response.ok) return lost();
  part("logout").hidden = !response.headers.has("Dragoman-Ops");
  show(said);
}

function show(told) {
  seen = Date.now();
  part("login").hidden = true;
  part("board").hidden = false;
  part("board").classList.remove("stale");
  const { kind, words } = verdict(told);
  state(kind, words);
  put(part("about"), `Dragoman ${told.version}`);
  showStages(told);
  showNumbers(told);
  showSessions(told, actOnSession);
  showEngines(told);
  showLetters(told, actOnLetter);
  showProcesses(told);
}

/** What is shown stays, and how old it is: it may be the network of whoever looks. */
function lost() {
  const age = seen ? `: this is how it was ${stretch((Date.now() - seen) / 1000)} ago` : "";
  state("bad", `dragoman ops does not answer${age}`);
  part("board").classList.add("stale");
}

function locked() {
  part("board").hidden = part("logout").hidden = true;
  part("login").hidden = false;
  state("none", "Who are you?");
}

function state(kind, words) {
  part("status").dataset.kind = kind;
  put(part("status"), words);
}

/** `{status, message}`; 0: nobody answered. */
async function post(path, body = {}) {
  try {
    const response = await fetch(`/ops/api/${path}`, { method: "POST", headers: { ...MARK, "Content-Type": "application/json" }, body: JSON.stringify(body) });
    return { status: response.status, message: (await response.json()).message };
  } catch {
    return { status: 0, message: "dragoman ops does not answer." };
  }
}

async function act(path, done) {
  await answered(await post(path), done);
}

async function answered({ status, message }, done) {
  part("said").hidden = false;
  part("said").dataset.kind = status === 200 ? "good" : "bad";
  put(part("said"), message || done);
  await look();
}

function asked(title, help, yes) {
  put(part("ask-title"), title);
  put(part("ask-help"), help);
  put(part("ask-yes"), yes);
  part("ask").returnValue = "no";
  part("ask").showModal();
  return new Promise((resolve) => part("ask").addEventListener("close", () => resolve(part("ask").returnValue === "yes"), { once: true }));
}

async function actOnSession(action, { id, code, hidden }) {
  const path = `sessions/${encodeURIComponent(id)}`;
  if (action === "hide") return act(`${path}/${hidden ? "show" : "hide"}`, `Captions of ${code} are ${hidden ? "shown" : "hidden"}.`);
  const help = "Nobody can speak or listen in it any more. What was said until now still reaches its listeners.";
  if (await asked(`End ${code}?`, help, "End it")) return act(`${path}/end`, `${code} has ended.`);
}

async function actOnLetter(action, { id, code }, busy) {
  const send = async (what) => {
    const focused = document.activeElement;
    busy(true); // pressed twice it is sent once
    const answer = await post(`letters/${encodeURIComponent(id)}/${what}`);
    busy(false);
    if (document.activeElement === document.body) focused.focus(); // what is disabled loses it
    return answer;
  };
  if (action === "discard") {
    const help = `What it holds of ${code} will be made by nobody. The log keeps it.`;
    if (await asked(`Discard ${id}?`, help, "Discard it")) await answered(await send("discard"));
    return;
  }
  let answer = await send("replay");
  if (answer.status === 412) {
    if (!(await asked(`Replay ${id} all the same?`, answer.message, "Replay it"))) return;
    answer = await send("force");
  }
  await answered(answer);
}

part("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { status, message } = await post("login", { token: part("token").value });
  put(part("refused"), status === 200 ? "" : status === 401 ? "This is not the token." : message);
  if (status !== 200) return part("token").select();
  part("token").value = "";
  await look();
});
part("logout").addEventListener("click", async () => {
  await post("logout");
  await look();
});
document.addEventListener("visibilitychange", look);

setInterval(look, LOOK_MS); // also when the first look fails
await look();
