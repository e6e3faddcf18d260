// One webhook: its request, headers, decoded events and answer.

import * as line from "./line.js";

const $ = (id) => document.getElementById(id);
const tabs = ["request", "headers", "decoded", "answer"];
let shown = null; // what is shown
let tab = "request";

export function make(name, text, kind) {
  const e = document.createElement(name);
  if (text !== undefined) e.textContent = text;
  if (kind) e.className = kind;
  return e;
}

export function number() {
  return shown ? shown.n : 0;
}

export async function show(n) {
  shown = await line.detail(n);
  $("title").textContent = `#${shown.n} ${shown.kind}` + (shown.channel ? ` · ${shown.channel}` : "");
  const came = new Date(shown.time).toLocaleString();
  $("subtitle").textContent = (shown.replay_of ? `a replay of #${shown.replay_of}, ${came}` : came + (shown.remote ? `, from ${shown.remote}` : "")) + `, ${shown.ms} ms`;
  $("problem").textContent = shown.problem || "";
  $("problem").hidden = !shown.problem;
  $("replay").disabled = shown.cut;
  $("detail").hidden = false;
  document.querySelector("main").classList.add("split");
  choose(tab);
}

export function close() {
  shown = null;
  $("detail").hidden = true;
  document.querySelector("main").classList.remove("split");
}

function choose(name) {
  tab = name;
  for (const t of tabs) {
    const button = $("tab-" + t);
    button.setAttribute("aria-selected", String(t === name));
    button.tabIndex = t === name ? 0 : -1;
  }
  $("panel").setAttribute("aria-labelledby", "tab-" + name);
  $("panel").replaceChildren(...{ request, headers, decoded, answer }[name](shown));
  $("panel").scrollTop = 0;
}

function request(d) {
  const parts = [make("h3", `${d.method} ${d.target}`), body(d.body, "The request has no body.")];
  if (d.cut) parts.splice(1, 0, make("p", "The body is not whole, so that it can't be replayed."));
  return parts;
}

function headers(d) {
  return [table([{ name: "Host", value: d.host }, ...d.headers])];
}

function decoded(d) {
  if (d.events.length === 0) return [make("p", d.problem || (d.channel ? "It brought no event." : "No channel was asked to decode it."))];
  return d.events.flatMap((e, n) => [make("h3", `Event ${n + 1} of ${d.events.length}`), body(e)]);
}

function answer(d) {
  const parts = [];
  if (d.forward) {
    parts.push(make("p", d.forward.error ? `Not passed on to ${d.forward.to}: ${d.forward.error}` : `From ${d.forward.to}, in ${d.forward.ms} ms.`));
  }
  if (!d.was) return [...parts, ...oneAnswer(d.answer)];
  const same = d.was.status === d.answer.status && d.was.body === d.answer.body;
  parts.push(make("p", same ? `The answer is the same as that to #${d.replay_of}.` : `The answer is not the same as that to #${d.replay_of}.`));
  if (same) return [...parts, ...oneAnswer(d.answer)];
  const sides = make("div", undefined, "sides");
  for (const [name, a] of [[`#${d.n}`, d.answer], [`#${d.replay_of}`, d.was]]) {
    const side = make("div");
    side.append(make("h3", name), ...oneAnswer(a));
    sides.append(side);
  }
  return [...parts, sides];
}

function oneAnswer(a) {
  const parts = [make("h3", "Status"), make("pre", String(a.status)), make("h3", "Body"), body(a.body, "The answer has no body.")];
  if (a.cut) parts.push(make("p", "The rest of it is not kept."));
  if (a.headers.length) parts.push(make("h3", "Headers"), table(a.headers));
  return parts;
}

function table(list) {
  const dl = make("dl");
  for (const h of list) dl.append(make("dt", h.name), make("dd", h.value));
  return dl;
}

// body shows a text; what looks like JSON in colours.
function body(text, none) {
  if (!text) return make("p", none);
  const pre = make("pre");
  if (!/^\s*[{[]/.test(text) || text.length > 300000) {
    pre.textContent = text;
    return pre;
  }
  const token = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\b(?:true|false|null)\b/g;
  let at = 0;
  for (const m of text.matchAll(token)) {
    pre.append(text.slice(at, m.index));
    const kind = m[1] ? (m[2] ? "j-key" : "j-string") : /^[-\d]/.test(m[0]) ? "j-number" : "j-word";
    pre.append(make("span", m[1] || m[0], kind), m[2] || "");
    at = m.index + m[0].length;
  }
  pre.append(text.slice(at));
  return pre;
}

export function begin(say) {
  for (const t of tabs) $("tab-" + t).addEventListener("click", () => choose(t));
  document.querySelector(".tabs").addEventListener("keydown", (e) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!step) return;
    e.preventDefault();
    choose(tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length]);
    $("tab-" + tab).focus();
  });
  const copy = (text, what) => navigator.clipboard.writeText(text).then(
    () => say(`Copied ${what}.` + (text.includes("***") ? " Secrets are masked: start with --secrets to have them." : "")),
    () => say("The browser does not let this page copy."));
  $("copy-body").addEventListener("click", () => copy(shown.body, "the body"));
  $("copy-curl").addEventListener("click", () => copy(shown.curl, "a curl command"));
}
