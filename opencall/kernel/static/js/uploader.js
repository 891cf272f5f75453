// The files of a song: chosen or dropped, sent two at a time, paused, taken up again; an error belongs to its file.
import { sizeOf as size, wrongWith } from "./sound-files.js";
import { Transfer } from "./tus.js";

const AT_ONCE = 2;
document.documentElement.dataset.scripted = "";
const box = document.querySelector("[data-uploader]");
const { song, hash: hashWorker } = box.dataset;
const largest = Number(box.dataset.largest), stemsOnly = box.dataset.stemsOnly === "1";
const part = (name) => box.querySelector(`[data-${name}]`);
const input = box.querySelector("#up"), sending = box.querySelector("#sending"), received = box.querySelector("#received");
const files = new Set();
let replaced = null, pausedAll = false;

const percent = (a, b) => Math.floor((100 * a) / b);
const left = (s) => (s < 60 ? "less than a minute left" : s < 5400 ? `about ${Math.round(s / 60)} ${Math.round(s / 60) === 1 ? "minute" : "minutes"} left` : `about ${Math.round(s / 3600)} hours left`);
const others = (beside = 0) => (files.size + received.children.length + beside > 1 ? " The other files are not affected." : "");
function announce(text) { part("announce").textContent = text; }

// A file is known again after a reload by its name, length and time of change.
const slot = (file) => `oc-upload:${song}:${file.name}:${file.size}:${file.lastModified}`;

class Row {
  constructor(file, replaces) {
    this.file = file;
    this.replaces = replaces?.id ?? "";
    this.state = "waiting";
    this.sent = 0;
    this.element = part("row").content.firstElementChild.cloneNode(true);
    const find = (selector) => this.element.querySelector(selector);
    this.words = find("[data-state]");
    this.select = find("select");
    this.bar = find("progress");
    this.error = find(".err");
    this.buttons = { pause: find("[data-pause]"), go: find("[data-go]"), remove: find("[data-remove]") };
    find("[data-name]").textContent = file.name;
    find("[data-size]").textContent = size(file.size);
    find("label").textContent = `Role of ${file.name}`;
    find("label").htmlFor = this.select.id = `cast-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
    this.bar.setAttribute("aria-label", `${file.name}, sent so far`);
    for (const [name, verb] of [["pause", "Pause"], ["go", "Go on with"], ["remove", "Remove"]]) this.buttons[name].setAttribute("aria-label", `${verb} ${file.name}`);
    this.buttons.pause.onclick = () => { this.pause(); this.buttons.go.focus(); };
    this.buttons.go.onclick = () => { this.resume(); this.buttons.pause.focus(); };
    this.buttons.remove.onclick = () => this.remove();
    this.select.value = replaces?.cast ?? guess(file);
    this.show();
  }

  memory() {
    const key = slot(this.file);
    return { get: () => localStorage.getItem(key), set: (url) => localStorage.setItem(key, url), forget: () => localStorage.removeItem(key) };
  }

  // Of the whole file, counted by a worker while the pieces travel.
  sha256() {
    this.hashing ??= new Promise((resolve) => {
      const worker = new Worker(hashWorker, { type: "module" });
      const end = (sha256) => { worker.terminate(); resolve(sha256); };
      worker.onmessage = (e) => end(e.data.sha256 ?? null);
      worker.onerror = () => end(null);
      worker.postMessage(this.file);
    });
    return this.hashing;
  }

  async start() {
    this.state = "sending";
    this.failure = null;
    this.stopper = new AbortController();
    this.began = performance.now();
    this.beganAt = null;
    this.cast = this.select.value;
    this.show();
    const [kind, role] = this.cast.split(":");
    this.sha256();
    this.transfer = new Transfer(
      this.file,
      { song, filename: this.file.name, part: kind, role, replaces: this.replaces },
      {
        memory: this.memory(),
        hash: () => { if (this.sent >= this.file.size) this.note = "Comparing"; return this.sha256(); },
        on: {
          progress: (sent) => { this.beganAt ??= sent; this.sent = sent; this.note = null; this.show(); },
          waiting: (problem, wait) => {
            this.note = problem.status === 0
              ? `The connection dropped at ${percent(this.sent, this.file.size)} %. It goes on by itself when it is back.`
              : problem.status === 423 ? "Another tab is sending this file. It goes on here when that one stops."
              : `Held up at ${percent(this.sent, this.file.size)} %. Trying again in ${wait} s.`;
            this.show();
          },
        },
      },
    );
    try {
      this.receipt = await this.transfer.run(this.stopper.signal);
      await this.finish();
    } catch (problem) {
      if (problem.name === "AbortError") return;
      this.fail(problem.status === 401 ? ["You are signed out.", "Sign in in another tab, then let this file go on."]
        : problem.code === "AnotherFile" ? ["This is not the file that was begun under this name.", "Choose the same file again, or remove this one and choose the new one."]
        : [problem.message || "This file cannot be sent.", others().trim()]);
    } finally {
      if (this.state === "sending") this.state = "paused";
      next();
    }
  }

  async finish() {
    const ours = await this.sha256();
    if (ours && ours !== this.receipt.sha256) return this.fail(["What arrived is not this file.", "Remove it and choose it again."]);
    this.state = "done";
    announce(`${this.file.name}: received${ours ? ", checksum matches" : ""}.`);
    const had = this.element.contains(document.activeElement);
    await shown();
    if (this.select.value !== this.cast) await changed(this.receipt.file, this.select.value);
    files.delete(this);
    this.element.remove();
    if (had) received.querySelector(`[data-file="${this.receipt.file}"] select`)?.focus();
    total();
  }

  fail(words) {
    this.state = "failed";
    this.failure = words;
    // What is said of the file itself begins with its name; what the server says is a sentence of its own.
    const first = /^\p{Ll}/u.test(words[0]) ? `${this.file.name} ${words[0]}` : `${this.file.name}: ${words[0]}`;
    this.error.querySelector("span").textContent = first;
    this.error.querySelector("p").textContent = words[1];
    announce(`${first} ${words[1]}`);
    this.show();
  }

  pause() { this.state = "paused"; this.stopper?.abort(); this.show(); }
  resume() { this.state = "waiting"; this.show(); next(); }

  async remove() {
    this.state = "removed";
    this.stopper?.abort();
    const beside = (this.element.nextElementSibling ?? this.element.previousElementSibling)?.querySelector("button:not([hidden])") ?? input;
    files.delete(this);
    this.element.remove();
    beside.focus();
    announce(`${this.file.name} is removed.`);
    total();
    next();
    await this.transfer?.drop();
  }

  show() {
    const { state } = this, p = percent(this.sent, this.file.size);
    let words = { waiting: "Waiting", paused: `Paused at ${p} %`, failed: "", done: "Received, checksum matches" }[state] ?? `${p} %`;
    if (state === "sending" && this.note) words = this.note;
    else if (state === "sending" && this.beganAt !== null && this.sent > this.beganAt) {
      const speed = (this.sent - this.beganAt) / (performance.now() - this.began);
      words += `, ${left((this.file.size - this.sent) / speed / 1000)}`;
    }
    if (state === "sending" && this.sent === this.file.size) words = "Comparing what arrived";
    this.words.textContent = words;
    this.bar.value = p;
    this.bar.hidden = state === "failed" || state === "done";
    this.error.hidden = state !== "failed";
    this.buttons.pause.hidden = !["sending", "waiting"].includes(state);
    this.buttons.go.hidden = state !== "paused" && !(state === "failed" && !this.unusable);
    total();
  }
}

// A name with "mix" in it is the mix, while there is none.
function guess(file) {
  const hasMix = [...files].some((row) => row.select.value === "mix") || received.querySelector('option[value="mix"]:checked');
  return !stemsOnly && !hasMix && /(^|[^a-z])(mix|master|stereo|full)([^a-z]|$)/i.test(file.name) ? "mix" : "stem";
}

function next() {
  const busy = [...files].filter((row) => row.state === "sending").length;
  for (const row of [...files].filter((one) => one.state === "waiting").slice(0, Math.max(0, AT_ONCE - busy))) row.start();
  total();
}

let milestone = 0;
function total() {
  const rows = [...files];
  const there = [...received.querySelectorAll("[data-file]")];
  const usable = rows.filter((row) => row.state !== "failed");
  const all = usable.reduce((sum, row) => sum + row.file.size, 0), sent = usable.reduce((sum, row) => sum + row.sent, 0);
  const n = rows.length + there.length;
  if (rows.length) part("totals").textContent = `${n} ${n === 1 ? "file" : "files"}, ${size(all)} to send`;
  else part("totals").textContent = `${there.length} ${there.length === 1 ? "file" : "files"}, ${size(there.reduce((sum, one) => sum + Number(one.dataset.bytes), 0))}`;
  part("progress").textContent = all ? `${percent(sent, all)} % sent` : "";
  const moving = usable.some((row) => ["sending", "waiting"].includes(row.state)), held = usable.some((row) => row.state === "paused");
  const button = part("pause-all");
  button.hidden = !(moving || held);
  pausedAll = !moving && held;
  button.querySelector("span").textContent = pausedAll ? "Go on with all" : "Pause all";
  button.querySelector("use").setAttribute("href", button.querySelector("use").getAttribute("href").replace(/#.*/, pausedAll ? "#play" : "#pause"));
  const quarter = all ? Math.floor((4 * sent) / all) : 0;
  if (all && quarter !== milestone && sent < all) { milestone = quarter; if (quarter) announce(`${25 * quarter} percent of all files are sent.`); }
  needsYou(rows.filter((row) => row.state === "failed"));
}
function needsYou(failed) {
  const note = document.querySelector("#needs-you");
  if (!note) return;
  note.hidden = !failed.length;
  if (!failed.length) return;
  note.querySelector("strong").textContent = failed.length === 1 ? "One file needs you" : `${failed.length} files need you`;
  note.querySelector("p").textContent = `${failed.map((row) => row.file.name).join(", ")} cannot be used as ${failed.length === 1 ? "it is" : "they are"}. You can go on with the other steps meanwhile.`;
}

// What the server has is drawn by the server.
async function shown() {
  await htmx.ajax("GET", `/submissions/${song}/received`, { target: part("announce"), swap: "none" });
  offerReplacing();
}
const changed = (file, cast) => htmx.ajax("POST", `/submissions/${song}/files/${file}`, { values: { cast }, target: part("announce"), swap: "none" });

async function take(chosen) {
  const one = replaced;
  replaced = null;
  for (const file of chosen) {
    const rest = [...sending.querySelectorAll("[data-upload]")].find((row) => row.dataset.name === file.name);
    const same = [...files].find((row) => row.file.name === file.name && row.state !== "failed");
    if (same) { if (same.state === "paused") same.resume(); continue; }
    for (const row of files) if (row.file.name === file.name) row.remove();
    const row = new Row(file, one ?? (rest && Number(rest.dataset.size) === file.size ? { id: rest.dataset.replaces, cast: rest.dataset.cast } : null));
    files.add(row);
    const problem = await wrongWith(file, largest);
    if (problem) {
      row.unusable = true;
      sending.append(row.element);
      row.fail([problem[0], problem[1] + others(chosen.length - 1)]);
    } else if (rest && Number(rest.dataset.size) !== file.size) {
      row.unusable = true;
      rest.after(row.element);
      row.fail([`is not the file that you began to send: that one has ${size(Number(rest.dataset.size))}, this one ${size(file.size)}.`, "Choose the same file to go on, or remove what was begun and choose this one again." + others(chosen.length - 1)]);
    } else {
      if (rest) {
        // Begun here or in another browser: the hash of the whole tells at the end whether it is the same file.
        if (!row.memory().get()) row.memory().set(`/api/uploads/${rest.dataset.upload}`);
        rest.replaceWith(row.element);
      } else sending.append(row.element);
    }
    row.show();
  }
  const fresh = [...files].filter((row) => row.state === "waiting").length;
  if (fresh) announce(`${fresh} ${fresh === 1 ? "file is" : "files are"} on the way.`);
  next();
}

function offerReplacing() {
  for (const button of received.querySelectorAll("[data-replace]")) {
    button.hidden = false;
    button.onclick = () => { replaced = { id: button.dataset.replace, cast: button.dataset.cast }; input.multiple = false; input.click(); input.multiple = true; };
  }
}
document.addEventListener("htmx:oobAfterSwap", (e) => { if (e.detail.target === received) { offerReplacing(); total(); } });

input.addEventListener("change", () => { take([...input.files]); input.value = ""; });
input.addEventListener("cancel", () => { replaced = null; });
const drop = part("drop");
drop.hidden = false;
for (const kind of ["dragover", "drop", "dragleave"]) {
  box.addEventListener(kind, (e) => {
    e.preventDefault();
    drop.classList.toggle("over", kind === "dragover");
    if (kind === "drop") take([...e.dataTransfer.files]);
  });
}
part("pause-all").addEventListener("click", () => {
  if (pausedAll) for (const row of files) { if (row.state === "paused") row.resume(); }
  else for (const row of files) if (["sending", "waiting"].includes(row.state)) row.pause();
});
offerReplacing();
