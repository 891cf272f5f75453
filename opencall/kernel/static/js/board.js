// The board: numbers that follow a slider, and how many songs are marked. The list itself comes from the server.
for (const range of document.querySelectorAll("[data-out]")) {
  range.addEventListener("input", () => {
    document.getElementById(range.dataset.out).textContent = range.value;
    const filled = document.getElementById(range.dataset.fills ?? "");
    if (filled) filled.value = range.value;
  });
}
function count() {
  const marked = document.querySelectorAll("[name=song]:checked").length, told = document.querySelector("[data-marked]");
  if (told) told.textContent = marked ? `${marked} marked:` : "Marked songs:";
}
document.addEventListener("change", (e) => { if (e.target.name === "song") count(); });
document.addEventListener("htmx:load", count);
count();
