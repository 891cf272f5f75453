// Runs before the first paint, so that a page that was chosen dark never flashes light.
const saved = localStorage.getItem("oc-theme");
if (saved) document.documentElement.dataset.theme = saved;
