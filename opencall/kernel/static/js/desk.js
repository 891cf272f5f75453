// The listening desk by keyboard: what was heard, what was scored and said so far, and what the send button still misses.
// The player tells where it is by "position" events (detail: seconds); it goes where a "seek" event on it says.
import { typing } from "./base.js";

const desk = document.querySelector("[data-desk]");
const find = (selector) => desk.querySelector(selector);
const map = find("[data-map]"), send = find("[data-send]"), comment = find("[data-comment]");
const enough = Number(desk.dataset.enough);
let ranges = JSON.parse(desk.dataset.heard);
let length = Number(desk.dataset.length);
let fresh = []; // heard since the last note
let last = null, now = 0, dirty = false;
let before = Promise.resolve(); // notes go one after the other

export const mmss = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;
function merged(list) {
  const union = [];
  for (const [a, b] of list.toSorted((x, y) => x[0] - y[0])) {
    const end = union.at(-1);
    if (end && a <= end[1] + 0.5) end[1] = Math.max(end[1], b);
    else union.push([a, b]);
  }
  return union;
}
const part = () => (length > 0 ? Math.min(1, ranges.reduce((sum, [a, b]) => sum + b - a, 0) / length) : 0);
function missed() {
  const gaps = [];
  let from = 0;
  for (const [a, b] of ranges) { if (a - from > 0.5) gaps.push([from, a]); from = b; }
  if (length - from > 0.5) gaps.push([from, length]);
  return gaps;
}

// The map and the button
function draw() {
  if (length > 0) {
    map.setAttribute("viewBox", `0 0 ${length} 8`);
    map.replaceChildren(...ranges.map(([a, b]) => {
      const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      rect.setAttribute("x", a); rect.setAttribute("width", b - a); rect.setAttribute("height", 8);
      return rect;
    }));
    const left = missed();
    const told = left.slice(0, 4).map(([a, b]) => `${mmss(a)} to ${mmss(b)}`).join(", ") + (left.length > 4 ? " and more" : "");
    map.setAttribute("aria-label", `Heard so far: ${Math.floor(100 * part())} percent. ${left.length ? `Not heard: ${told}.` : "All of it."}`);
    find("[data-missed]").hidden = !left.length;
  }
  find("[data-part]").textContent = `${Math.floor(100 * part() + 1e-6)} %`;
  why();
}
const open = () => [...desk.querySelectorAll("[data-score]")].filter((one) => !one.querySelector(":checked"));
function time(seconds) {
  const whole = Math.max(1, Math.ceil(seconds - 0.05)), minutes = Math.floor(whole / 60);
  return [minutes && `${minutes} ${minutes === 1 ? "minute" : "minutes"}`, whole % 60 && `${whole % 60} s`].filter(Boolean).join(" ");
}
function why() {
  if (!send) return;
  const needs = [];
  if (length <= 0) needs.push("play the song first");
  else if (part() < enough - 0.001) needs.push(`${time(length * (enough - part()))} more to hear`);
  const left = open();
  if (left.length) needs.push(left.length === 1 ? `“${left[0].querySelector("legend").textContent}” has no answer` : `${left.length} questions have no answer`);
  const all = [...desk.querySelectorAll("[data-score] :checked")];
  if (!left.length && all.length && all.every((one) => one.value === "abstain")) needs.push("at least one question needs a score; or leave the song to others below");
  send.disabled = needs.length > 0;
  const text = needs.length ? `Not yet: ${needs.join("; ")}.` : "Ready. A score that was sent stands.";
  const line = find("[data-why]");
  if (line.textContent !== text) line.textContent = text;
  for (const one of desk.querySelectorAll("[data-score]")) one.classList.toggle("marked", one === (current() ?? null));
}

document.addEventListener("position", (e) => {
  now = Number(e.detail?.seconds ?? e.detail);
  const wave = document.querySelector("[data-wave]");
  if (!(length > 0) && wave) length = Number(wave.getAttribute("aria-valuemax")) || 0;
  // A step of playing is short; anything longer was a jump.
  if (last !== null && now > last && now - last <= 1.5) {
    fresh = merged([...fresh, [last, now]]);
    ranges = merged([...ranges, [last, now]]);
    dirty = true;
    draw();
  }
  last = now;
  const field = find("[data-moment]");
  if (field) field.placeholder = `Say something about ${mmss(now)}`;
});

// Keeping it
function draft() {
  const scores = {};
  for (const one of desk.querySelectorAll("[data-score]")) {
    const chosen = one.querySelector(":checked");
    if (chosen) scores[one.dataset.score] = chosen.value === "abstain" ? null : Number(chosen.value);
  }
  return { scores, comment: comment.value };
}
function keep(leaving = false) {
  before = before.then(() => note(leaving));
  return before;
}
async function note(leaving) {
  if (!dirty || !send || !(length > 0)) return;
  const told = fresh;
  fresh = []; dirty = false;
  try {
    const answer = await fetch(`/api/desk/songs/${desk.dataset.desk}/heard`, {
      method: "PUT", keepalive: leaving, headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ ranges: told, length_s: length, ...draft() }),
    });
    const found = await answer.json();
    say(answer.ok ? `Kept at ${clock(found.noted_at)}` : found.error?.message ?? "This could not be kept; reload the page.");
  } catch {
    fresh = merged([...told, ...fresh]); dirty = true; // the connection is gone for a moment; the next note tells it
    say("The connection is gone. Go on listening: it is kept here until the connection is back.");
  }
}
const clock = (at) => new Intl.DateTimeFormat(navigator.language, { hour: "2-digit", minute: "2-digit", hour12: false }).format(new Date(at));
function say(text) { const line = find("[data-saved]"); if (line && line.textContent !== text) line.textContent = text; }
setInterval(() => keep(), 10000);
addEventListener("pagehide", () => keep(true));
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") keep(true); });
// What is sent rests on what was kept, so the note goes first.
document.addEventListener("htmx:confirm", (e) => {
  if (e.target.id !== "score" || !dirty) return;
  e.preventDefault();
  keep().finally(() => e.detail.issueRequest(true));
});

// Moments: lines of the comment that begin with a time
function moments() {
  const list = find("[data-moments]");
  if (!list) return;
  const found = comment.value.split("\n").map((line) => /^(\d+):([0-5]\d)\s+(.*)$/.exec(line.trim())).filter(Boolean);
  list.hidden = !found.length;
  list.replaceChildren(...found.map(([, minutes, seconds, text]) => {
    const item = document.createElement("li"), button = document.createElement("button"), words = document.createElement("p");
    item.className = "moment"; button.type = "button"; button.textContent = `${minutes}:${seconds}`; words.textContent = text;
    button.setAttribute("aria-label", `Go to ${minutes}:${seconds}`);
    button.addEventListener("click", () => seek(60 * Number(minutes) + Number(seconds)));
    item.append(button, words);
    return item;
  }));
}
function seek(seconds) {
  const wave = document.querySelector("[data-wave]");
  wave?.dispatchEvent(new CustomEvent("seek", { detail: seconds, bubbles: true }));
}
function play() { document.querySelector("[data-play][aria-label='Play']")?.click(); }

// The question that a digit answers: where the focus is, else the first that has no answer.
const current = () => document.activeElement?.closest?.("[data-score]") ?? open()[0];
function answer(value) {
  const question = current();
  const option = question?.querySelector(`input[value="${value}"]`);
  if (!option) return;
  option.checked = true;
  option.dispatchEvent(new Event("change", { bubbles: true }));
  const following = open()[0];
  if (question.contains(document.activeElement)) (following?.querySelector("input") ?? send).focus();
}

if (send) {
  desk.addEventListener("change", (e) => { if (e.target.closest("[data-score]")) { dirty = true; why(); keep(); } });
  desk.addEventListener("focusin", why);
  comment.addEventListener("input", () => { dirty = true; moments(); });
  const add = find("[data-add]"), field = find("[data-moment]");
  add.hidden = false;
  add.addEventListener("submit", (e) => {
    e.preventDefault();
    const words = field.value.trim();
    if (!words) { field.focus(); return; }
    comment.value = `${comment.value.trimEnd()}\n${mmss(now)} ${words}`.trimStart();
    field.value = ""; dirty = true;
    moments(); keep();
  });
  moments();
}
for (const turn of desk.querySelectorAll("[data-go]")) turn.addEventListener("click", () => { seek(Number(turn.dataset.go)); play(); });
find("[data-missed]").addEventListener("click", () => {
  const [gap] = missed();
  if (gap) { seek(gap[0]); play(); }
});
document.addEventListener("htmx:load", () => {
  const wave = document.querySelector("[data-wave]");
  if (wave && !(length > 0)) { length = Number(wave.getAttribute("aria-valuemax")) || 0; draw(); }
});

document.addEventListener("keydown", (e) => {
  if (typing(e)) { if (e.key === "Escape") e.target.blur(); return; }
  if (e.metaKey || e.ctrlKey || e.altKey) return;
  const key = e.key.toLowerCase();
  if (key === "j" || key === "k") find(`[data-key="${key}"]`)?.click();
  if (key === "u") find("[data-missed]:not([hidden])")?.click();
  if (!send) return;
  if (key === "c") { e.preventDefault(); find("[data-moment]").focus(); }
  if (/^\d$/.test(key)) answer(key === "0" ? "abstain" : key);
  if (key === "enter" && !send.disabled && !e.target.closest("button, a, summary")) { e.preventDefault(); send.form.requestSubmit(send); }
});
draw();
