// The list of webhooks, its filters, and replays.

import * as line from "./line.js";
import * as one from "./detail.js";

const { make } = one;
const $ = (id) => document.getElementById(id);
const filters = ["search", "channel", "kind", "result"];
const most = 1000; // that are kept

let all = []; // the oldest first
const rows = new Map(); // by number
const marked = new Set();
let lastMark = 0;

function say(text) {
  $("toast").textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { $("toast").textContent = ""; }, 6000);
}

function take(event) {
  if (event.reset) {
    all = [];
    rows.clear();
    marked.clear();
    $("rows").replaceChildren();
  }
  const notes = [event.forward ? `passed on to ${event.forward}` : "answered here"];
  if (!event.masked) notes.push("secrets are shown");
  $("notes").textContent = notes.join(" · ");
  for (const w of event.webhooks) {
    all.push(w);
    const row = newRow(w);
    rows.set(w.n, row);
    if (!event.reset) row.classList.add("new");
    $("rows").prepend(row);
  }
  while (all.length > most) {
    const gone = all.shift();
    rows.get(gone.n).remove();
    rows.delete(gone.n);
    marked.delete(gone.n);
  }
  offer("channel", (w) => w.channel);
  offer("kind", (w) => w.kind);
  filter();
}

// offer fills a filter with the values that there are.
function offer(id, of) {
  const select = $(id);
  const there = new Set([...select.options].map((o) => o.value));
  for (const value of new Set(all.map(of))) {
    if (value && !there.has(value)) select.append(new Option(value, value));
  }
}

const signatures = {
  ok: ["ok", "good", "The signature holds"],
  failed: ["failed", "bad", "The signature is missing or wrong"],
  off: ["off", "warn", "The channel has verify: off and takes webhooks from anybody"],
  none: ["none", "none", "Nobody looked at a signature"],
};

function newRow(w) {
  const row = make("tr");
  const mark = make("input");
  mark.type = "checkbox";
  mark.ariaLabel = `Select #${w.n}`;
  mark.addEventListener("click", (e) => markOne(w.n, mark.checked, e.shiftKey));
  const open = make("button", undefined, "open");
  open.type = "button";
  open.ariaLabel = `#${w.n} ${w.kind}: ${w.text}`;
  open.addEventListener("click", () => choose(w.n));
  if (w.replay_of) open.append(make("span", `↻ #${w.replay_of}`, "again"));
  open.append(make("span", w.kind, "kind"), w.text);
  open.title = w.text;
  const [word, look, meaning] = signatures[w.signature];
  const signature = cell(word, look);
  signature.title = meaning;
  const time = cell(new Date(w.time).toLocaleTimeString(undefined, { hour12: false }), "time");
  time.title = new Date(w.time).toLocaleString();
  const what = make("td", undefined, "what");
  what.append(open);
  const first = make("td", undefined, "mark");
  first.append(mark);
  row.append(first, cell(w.n, "n"), time, cell(w.channel || "–", w.channel ? "" : "none"), what, signature,
    cell(w.status, w.status >= 400 ? "bad" : "good"), cell(w.ms < 10 ? w.ms.toFixed(1) : Math.round(w.ms), "ms"));
  return row;
}

function cell(text, kind) {
  return make("td", String(text), kind);
}

function visible(w) {
  const [search, channel, kind, result] = filters.map((id) => $(id).value);
  const text = `#${w.n} ${w.method} ${w.path} ${w.channel || ""} ${w.kind} ${w.text} ${w.problem || ""} ${w.status}`;
  return text.toLowerCase().includes(search.trim().toLowerCase()) && (!channel || w.channel === channel) && (!kind || w.kind === kind) &&
    (!result || { good: !w.failed, failed: w.failed, unsigned: w.signature === "failed", replay: w.replay_of > 0 }[result]);
}

function filter() {
  let shown = 0;
  for (const w of all) {
    const row = rows.get(w.n);
    row.hidden = !visible(w);
    if (!row.hidden) shown++;
  }
  $("table").hidden = shown === 0;
  $("empty").hidden = shown > 0;
  $("empty").textContent = all.length ? "No webhook fits these filters." : "No webhook yet.\nHave the platform, or curl, post one: it shows up here by itself.";
  counted();
}

// markOne selects a webhook; with shift all from the last one on.
function markOne(n, on, range) {
  const [from, to] = range && lastMark ? [Math.min(n, lastMark), Math.max(n, lastMark)] : [n, n];
  for (const w of all) {
    if (w.n >= from && w.n <= to && !rows.get(w.n).hidden) set(w.n, on);
  }
  lastMark = n;
  counted();
}

function set(n, on) {
  on ? marked.add(n) : marked.delete(n);
  rows.get(n).querySelector("input").checked = on;
}

// chosenOnes are those that are selected and shown.
function chosenOnes() {
  return all.filter((w) => marked.has(w.n) && !rows.get(w.n).hidden).map((w) => w.n);
}

function counted() {
  const n = chosenOnes().length;
  $("replay-marked").disabled = n === 0;
  $("replay-marked").textContent = n ? `Replay ${n} selected` : "Replay selected";
  $("mark-all").checked = n > 0 && all.every((w) => rows.get(w.n).hidden || marked.has(w.n));
}

async function choose(n) {
  try {
    await one.show(n);
  } catch (e) {
    return say(e.message);
  }
  for (const [number, row] of rows) row.classList.toggle("chosen", number === n);
}

async function replay(numbers) {
  try {
    const got = await line.replay(numbers, $("how").value);
    const done = got.numbers || [];
    say(got.error ? `${done.length} of ${numbers.length} replayed: ${got.error}.` : done.length === 1 ? `Replayed as #${done[0]}.` : `Replayed ${done.length}, in order.`);
    if (done.length) await choose(done.at(-1));
  } catch (e) {
    say(e.message);
  }
}

// step moves to the next webhook that is shown.
function step(by) {
  const shown = all.filter((w) => !rows.get(w.n).hidden).map((w) => w.n);
  const at = shown.indexOf(one.number());
  const next = at < 0 ? shown.at(-1) : shown[at + by];
  if (next === undefined) return;
  choose(next);
  rows.get(next).querySelector(".open").focus();
}

function begin() {
  for (const id of filters) $(id).addEventListener("input", filter);
  document.querySelector(".filters").addEventListener("submit", (e) => e.preventDefault());
  $("mark-all").addEventListener("click", (e) => {
    for (const w of all) if (!rows.get(w.n).hidden) set(w.n, e.target.checked);
    counted();
  });
  $("replay-marked").addEventListener("click", () => replay(chosenOnes()));
  $("replay").addEventListener("click", () => replay([one.number()]));
  const close = () => {
    const row = rows.get(one.number());
    one.close();
    if (row) {
      row.classList.remove("chosen");
      row.querySelector(".open").focus();
    }
  };
  $("close").addEventListener("click", close);
  document.addEventListener("keydown", (e) => {
    if (e.target.matches("input[type=search], select") || e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key === "Escape" && !$("detail").hidden) close();
    if (!e.target.closest(".list")) return;
    const by = { ArrowDown: -1, ArrowUp: 1 }[e.key];
    if (by) {
      e.preventDefault();
      step(by);
    }
  });
  one.begin(say);
  line.follow(take, (state, error) => {
    document.querySelector("#state").dataset.line = state;
    $("state-text").textContent = state === "on" ? "Live" : error ? "Closed" : "parley inspect does not answer; trying again";
    $("banner").hidden = !error;
    $("banner").textContent = error ? error.message : "";
  });
}

begin();
