// A draft as steps: every section is in the page, one is shown, so that files go on while the rest is written.
// Buttons that save by hand are for browsers that run no scripts.
document.documentElement.dataset.scripted = "";
const sections = [...document.querySelectorAll("[data-step]")];
const savebar = document.querySelector("[data-savebar]");
const leaf = (name, section) => {
  const link = savebar.querySelector(name);
  link.hidden = !section;
  if (section) { link.href = `#${section.id}`; link.querySelector("span").textContent = section.dataset.step; }
};
function current() { return sections.find((s) => `#${s.id}` === location.hash) ?? sections.find((s) => !done(s.id)) ?? sections[0]; }
function done(id) { return document.querySelector(`#steps a[data-to="${id}"]`)?.classList.contains("done"); }
let shown = null;
function mark() {
  for (const a of document.querySelectorAll("#steps a")) {
    if (a.dataset.to === shown.id) a.setAttribute("aria-current", "step"); else a.removeAttribute("aria-current");
  }
}
function show(moveFocus) {
  shown = current();
  for (const s of sections) s.hidden = s !== shown;
  const at = sections.indexOf(shown);
  leaf("[data-back]", sections[at - 1]);
  leaf("[data-next]", sections[at + 1]);
  savebar.hidden = false;
  mark();
  if (moveFocus) {
    scrollTo({ top: 0 });
    shown.querySelector("h2").focus({ preventScroll: true });
  }
}
addEventListener("hashchange", () => { if (sections.some((s) => `#${s.id}` === location.hash)) show(true); });
document.addEventListener("htmx:oobAfterSwap", (e) => { if (e.detail.target.id === "steps") mark(); });
// Saving replaces the row of steps. Whoever is pressing a link at that moment presses one that is gone, and no click comes.
const row = document.querySelector("#steps").parentElement;
let pressed = "";
row.addEventListener("pointerdown", (e) => { pressed = e.target.closest("a")?.hash ?? ""; });
row.addEventListener("pointerup", (e) => { if (pressed && e.target.closest("a")?.hash === pressed) location.hash = pressed; });
show(false);
addEventListener("load", () => scrollTo({ top: 0 }));  // the browser went down to the section, which is on top already

// Each form saves when something in it was changed; what could not be saved is held against leaving.
const saved = document.querySelector("#saved");
const dirty = new Set(), saving = new Set();
function say(text) { saved.replaceChildren(Object.assign(document.createElement("span"), { textContent: text })); }
function save(form) {
  dirty.add(form);
  const gap = [...form.elements].find((el) => el.willValidate && !el.validity.valid);
  if (!gap) return htmx.trigger(form, "save");
  const label = gap.labels?.[0]?.textContent.trim() ?? "One field";
  say(`Not saved yet: “${label}” is ${gap.validity.valueMissing ? "still empty" : "not finished"}`);
}
for (const form of document.querySelectorAll("form[data-autosave]")) {
  form.addEventListener("input", () => dirty.add(form));
  form.addEventListener("change", () => { needs(form); save(form); });
  form.addEventListener("htmx:beforeRequest", () => { dirty.delete(form); saving.add(form); });
  form.addEventListener("htmx:afterRequest", (e) => {
    saving.delete(form);
    if (!e.detail.successful) { dirty.add(form); wanted = false; say("Not saved yet"); }
  });
}
addEventListener("beforeunload", (e) => { if (dirty.size || saving.size) e.preventDefault(); });

// Nothing is sent off while a section is still on its way; then its answer brings the sending form anew.
let wanted = false;
document.addEventListener("htmx:confirm", (e) => {
  if (!e.target.matches?.("[data-send]") || !(saving.size || dirty.size)) return;
  e.preventDefault();
  for (const form of dirty) save(form);
  wanted = saving.size > 0;
});
document.addEventListener("htmx:load", (e) => {
  if (!wanted || saving.size || !e.detail.elt.matches?.("[data-send]")) return;
  wanted = false;
  if (!dirty.size && !e.detail.elt.querySelector("button").disabled) htmx.trigger(e.detail.elt, "submit");
});

// Rows of people: whoever has a name needs an address, and the other way round.
function needs(form) {
  for (const row of form.querySelectorAll("li.person")) {
    const [name, email, ...rest] = row.querySelectorAll("input");
    const used = [name, email, ...rest].some((input) => input.value.trim());
    name.required = email.required = used;
  }
}
const people = document.querySelector("#rows-person");
function prepare(row) {
  const out = row.querySelector("[data-remove-row]");
  out.hidden = false;
  out.addEventListener("click", () => {
    const form = row.closest("form");
    const next = row.nextElementSibling ?? row.previousElementSibling;
    if (next) { row.remove(); next.querySelector("input").focus(); } else for (const input of row.querySelectorAll("input")) input.value = "";
    sum(); needs(form); save(form);
  });
}
function sum() {
  const points = [...people.querySelectorAll("[data-share]")].map((i) => Math.round(100 * Number(i.value.replace("%", "").replace(",", ".").trim())));
  const total = points.reduce((a, b) => a + b, 0);
  const out = document.querySelector("[data-sum]");
  out.textContent = Number.isNaN(total) ? "One share is not a number." : `The shares sum to ${total / 100} %.${total === 10000 ? "" : total < 10000 ? ` ${(10000 - total) / 100} % are left.` : ` That is ${(total - 10000) / 100} % too much.`}`;
}
for (const row of people.children) prepare(row);
people.addEventListener("input", sum);
const add = document.querySelector("[data-add-row]");
add.hidden = false;
let rows = people.children.length;
add.addEventListener("click", () => {
  const row = people.lastElementChild.cloneNode(true);
  const number = rows++;
  row.querySelector("legend").textContent = `Person ${number + 1}`;
  row.querySelector("[data-remove-row]").setAttribute("aria-label", `Remove person ${number + 1}`);
  for (const input of row.querySelectorAll("input")) {
    const label = row.querySelector(`label[for="${input.id}"]`);
    input.id = input.id.replace(/\d+/, number);
    label.htmlFor = input.id;
    input.name = input.name.replace(/-\d+-/, `-${number}-`);
    input.value = "";
    input.required = false;
  }
  people.append(row);
  prepare(row);
  row.querySelector("input").focus();
});
