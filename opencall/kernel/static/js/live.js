// What happens arrives by one stream a browser: the tab that holds the lock listens and tells the others.
// A panel with data-live="SONG" (or "*") and hx-get is loaded anew when something happens to that song.
const channel = new BroadcastChannel("oc-live");
const due = new Map();
let heardAt = 0;

function happened(event) {
  for (const panel of document.querySelectorAll("[data-live]")) {
    if (panel.dataset.live !== "*" && panel.dataset.live !== event.song_id) continue;
    // data-live-on="state": not at every per cent, only when a stage begins or ends; or only for the stage it names.
    const on = panel.dataset.liveOn;
    if (on === "state" ? event.state === "running" && event.progress > 0 : on && (on !== event.stage || event.state !== "done")) continue;
    if (due.has(panel)) continue;
    // Several things in one breath are one new picture.
    due.set(panel, setTimeout(() => { due.delete(panel); htmx.trigger(panel, "live"); }, 300));
  }
  document.dispatchEvent(new CustomEvent("progress-of-song", { detail: event }));
}
// Whoever was signed in here is not any more: no tab asks again.
let over = false;
channel.onmessage = (m) => {
  heardAt = performance.now();
  if (m.data === "over") over = true;
  else happened(m.data);
};
function tell(event) { channel.postMessage(event); happened(event); }

// A panel that could not be loaded while the server was away keeps the picture that it has, and owes the new one.
function owes(panel) { setTimeout(() => { if (panel.isConnected) htmx.trigger(panel, "live"); }, 2000); }
document.addEventListener("htmx:beforeSwap", (e) => {
  const panel = e.detail.requestConfig.elt, { status } = e.detail.xhr;
  if (status < 400 || !panel.matches("[data-live]")) return;
  e.detail.shouldSwap = false;
  if (status >= 500) owes(panel);
});
for (const failure of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, (e) => { if (e.target.matches?.("[data-live]")) owes(e.target); });
}

// Nothing is missed between the making of the page, or the last word of a stream, and the next one.
const ago = () => Math.ceil((performance.now() - heardAt) / 1000) + 1;
async function catchUp() {
  try {
    const answer = await fetch(`/api/events?ago=${ago()}`, { headers: { accept: "application/json" } });
    if (answer.ok) (await answer.json()).events.forEach(happened);
  } catch { /* the tab that listens tells of what comes next */ }
}

// Without streams (a proxy that holds answers back, a browser out of connections) the same events are asked for.
async function poll() {
  let last = null;
  for (;;) {
    try {
      const answer = await fetch(`/api/events?${last === null ? `ago=${ago()}` : `after=${last}`}`, { headers: { accept: "application/json" } });
      if (answer.status === 401) return;
      const found = await answer.json();
      last = found.last;
      found.events.forEach(tell);
    } catch { /* the server is away for a moment; the next look finds it again */ }
    await new Promise((r) => setTimeout(r, 3000));
  }
}

function listen() {
  return new Promise((release) => {
    if (over) return release();
    let failures = 0;
    const stream = new EventSource(`/events?ago=${ago()}`);
    const heard = () => { failures = 0; heardAt = performance.now(); };
    stream.addEventListener("ready", heard);
    stream.addEventListener("progress", (e) => { heard(); tell(JSON.parse(e.data)); });
    stream.addEventListener("over", () => { over = true; channel.postMessage("over"); stream.close(); release(); });
    stream.onerror = () => {
      failures += 1;
      if (failures < 5 && stream.readyState !== EventSource.CLOSED) return;
      stream.close();
      if (failures < 5) setTimeout(() => listen().then(release), 2000);
      else poll().then(release);
    };
    addEventListener("pagehide", () => { stream.close(); release(); });
  });
}
if (navigator.locks) {
  navigator.locks.request("oc-live", { ifAvailable: true }, (lock) => {
    if (lock) return listen();
    catchUp();
    navigator.locks.request("oc-live", listen);
  });
} else listen();
