// Small things that every page uses: theme, local dates, parts of the page that follow what happens.
const root = document.documentElement;
document.querySelector("[data-theme-toggle]")?.addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("oc-theme", root.dataset.theme);
});

// <time data-local> is written by the server in the call's zone and rewritten here in the reader's; the title keeps
// the call's.
const lang = navigator.language.startsWith(root.lang) ? navigator.language : root.lang;
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const STYLES = {
  full: { weekday: "short", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", hour12: false },
  day: { day: "numeric", month: "long", year: "numeric" },
  time: { hour: "2-digit", minute: "2-digit", hour12: false },
};
function localise(within) {
  for (const el of within.querySelectorAll("time[data-local]")) {
    el.textContent = new Intl.DateTimeFormat(lang, STYLES[el.dataset.local]).format(new Date(el.dateTime));
  }
  for (const el of within.querySelectorAll("[data-zone]")) el.textContent = zone.replace("_", " ");
}
localise(document);
document.addEventListener("htmx:load", (e) => localise(e.detail.elt));

// A refusal is read out where it stands, and the form's button may be tried again.
document.addEventListener("htmx:afterSwap", (e) => {
  if (e.detail.target.classList.contains("refusal")) e.detail.target.scrollIntoView({ block: "nearest" });
});
document.addEventListener("htmx:sendError", (e) => {
  const refusal = e.target.querySelector?.(".refusal");
  if (refusal) refusal.textContent = "The connection is gone, so nothing was sent. Everything you typed is still here: try again in a moment.";
});

// Is the person typing? Then single keys are letters, not commands.
export const typing = (e) => e.target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");
for (const b of document.querySelectorAll("button[aria-pressed]:not([data-own])")) b.addEventListener("click", () => b.setAttribute("aria-pressed", String(b.getAttribute("aria-pressed") !== "true")));

// Whole pages of what happens arrive by one stream a browser; only pages that show something live load it. What shows
// something live, and a player, may arrive as a part of any page; what makes it work comes with it.
const follow = () => { if (document.querySelector("[data-live]")) import("./live.js"); };
follow();
document.addEventListener("htmx:load", (e) => {
  follow();
  if (e.detail.elt.matches?.("[data-player]") || e.detail.elt.querySelector?.("[data-player]")) import("./player.js");
});
