// Lines of a form that may grow, and a fund that stays chosen when the list of funds arrives.
for (const part of document.querySelectorAll("[data-lines]")) {
  const more = part.querySelector("[data-more]"), rows = part.querySelector("[data-rows]");
  more.hidden = false;
  more.addEventListener("click", () => {
    const line = rows.lastElementChild.cloneNode(true);
    for (const field of line.querySelectorAll("input")) if (field.type !== "number") field.value = "";
    rows.append(line);
    line.querySelector("input:not([type=hidden]), select").focus();
  });
}
document.addEventListener("htmx:afterSwap", (e) => {
  const fund = e.detail.target.closest?.("[data-fund]")?.dataset.fund, list = e.detail.target.querySelector?.("select");
  if (fund && list && [...list.options].some((one) => one.value === fund)) list.value = fund;
});
// A sentence of a curator becomes the word for the artist; it can be changed before it is kept.
for (const button of document.querySelectorAll("[data-use]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const word = document.querySelector("[name=word]");
    word.value = document.getElementById(button.dataset.use).textContent.trim();
    word.focus();
  });
}
