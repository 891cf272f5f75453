// The player. One root [data-player] holds an <audio data-voice> for each version of a song, a wave slider, a clock.
// Nothing is decoded in the page: the browser streams what it needs, and seeks by byte ranges.
//
// Two versions run side by side, the one that is not heard at gain 0 and kept in step, so that switching is a fade of
// some milliseconds and no gap. data-gain-db says how far each is turned down to be as loud as the softest.
//
// It tells, bubbling from the slider: "position" (detail: seconds), whenever the place changes, by playing or seeking;
// "heard" (detail: {from, to} in seconds), only for what was really played. It obeys "seek" (detail: seconds).
import { typing } from "./base.js";

const FADE_S = 0.02;
const STEP_MS = 200;
const TRIES = 8;
const players = new Set();
let last = null; // the player that keys act on

export const mmss = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;
const linear = (db) => 10 ** (db / 20);

class Player {
  constructor(root) {
    this.root = root;
    this.wave = root.querySelector("[data-wave]");
    this.button = root.querySelector("[data-play]");
    this.clock = root.querySelector("[data-clock]");
    this.trouble = root.querySelector("[data-trouble]");
    this.radios = [...root.querySelectorAll("fieldset input[type=radio]")];
    this.same = root.querySelector("[data-same-loudness]");
    this.length = Number(this.wave.getAttribute("aria-valuemax"));
    this.voices = [...root.querySelectorAll("audio")].map((audio) => ({ audio, db: Number(audio.dataset.gainDb), gain: null, fails: 0 }));
    this.active = Math.max(0, this.voices.findIndex((v) => v.audio.dataset.voice === this.radios.find((r) => r.checked)?.value));
    if (!this.radios.length) this.active = this.voices.length - 1;
    this.at = 0;
    this.wanted = false;
    this.context = null;
    this.ready();
  }

  get voice() { return this.voices[this.active]; }

  ready() {
    this.button.addEventListener("click", () => this.toggle());
    for (const radio of this.radios) radio.addEventListener("change", () => this.hear(this.voices.findIndex((v) => v.audio.dataset.voice === radio.value)));
    this.same?.addEventListener("change", () => { this.level(); this.say(); });
    this.wave.addEventListener("keydown", (e) => this.key(e));
    this.wave.addEventListener("seek", (e) => this.seek(e.detail));
    this.wave.addEventListener("pointerdown", (e) => { if (e.button === 0) { this.wave.setPointerCapture(e.pointerId); this.drag(e); } });
    this.wave.addEventListener("pointermove", (e) => { if (this.wave.hasPointerCapture(e.pointerId)) this.drag(e); });
    this.wave.addEventListener("pointerup", (e) => { if (this.dragged !== undefined) { this.drag(e); this.seek(this.dragged); } this.dragged = undefined; });
    this.wave.addEventListener("pointercancel", () => { this.dragged = undefined; this.show(this.at); });
    for (const voice of this.voices) {
      const { audio } = voice;
      audio.addEventListener("error", () => this.failed(voice));
      audio.addEventListener("playing", () => { voice.fails = 0; if (voice === this.voice) this.tell(""); });
      audio.addEventListener("waiting", () => { if (voice === this.voice && this.wanted) this.waits(); });
      audio.addEventListener("timeupdate", () => { if (voice === this.voice) this.moved(); });
      audio.addEventListener("ended", () => { if (voice === this.voice) this.ended(); });
      // Another program of the machine may stop us (a call comes in, headphones are pulled out).
      audio.addEventListener("pause", () => { if (voice === this.voice && this.wanted && !audio.ended && !audio.error && !voice.retrying) this.pause(); });
    }
    this.show(0);
  }

  // ---- what people do

  toggle() { if (this.wanted) this.pause(); else this.play(); }

  play() {
    for (const other of players) if (other !== this) other.pause();
    last = this;
    this.wanted = true;
    this.from = this.at;
    this.connect();
    this.context?.resume();
    if (this.at >= this.length - 0.05) this.jump(0);
    for (const voice of this.voices) this.start(voice);
    this.step ??= setInterval(() => this.keepInStep(), STEP_MS);
    this.draw();
    this.look();
    this.announce();
  }

  pause() {
    this.moved(); // what was heard since the last word counts as well
    this.wanted = false;
    clearInterval(this.step);
    this.step = undefined;
    for (const { audio } of this.voices) audio.pause();
    this.look();
    if (navigator.mediaSession && last === this) navigator.mediaSession.playbackState = "paused";
  }

  seek(seconds) { this.jump(Math.min(Math.max(seconds, 0), this.length)); }

  // Hear another version from the next moment on.
  hear(index) {
    if (index < 0 || index === this.active) return;
    last = this;
    const before = this.voice;
    this.active = index;
    const now = this.voice;
    now.audio.playbackRate = 1;
    for (const g of this.root.querySelectorAll("[data-wave-of]")) g.toggleAttribute("hidden", g.dataset.waveOf !== now.audio.dataset.voice);
    const inStep = now.audio.readyState >= 3 && Math.abs(now.audio.currentTime - before.audio.currentTime) < 0.15;
    if (this.wanted && !inStep && before.audio.readyState >= 2 && !before.audio.paused) {
      // It is not there yet: the other one goes on sounding until it is.
      this.borrowed = before;
      now.audio.currentTime = before.audio.currentTime;
      this.start(now);
      const take = () => { if (this.borrowed === before && this.voice === now) { this.borrowed = null; this.level(); } };
      now.audio.addEventListener("playing", take, { once: true });
      now.audio.addEventListener("seeked", take, { once: true });
    } else {
      this.borrowed = null;
      if (!this.wanted) now.audio.currentTime = this.at;
      this.level();
    }
  }

  other() {
    if (this.voices.length < 2) return;
    const index = (this.active + 1) % this.voices.length;
    const radio = this.radios.find((r) => r.value === this.voices[index].audio.dataset.voice);
    if (radio) radio.checked = true;
    this.hear(index);
  }

  key(e) {
    const step = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -30, PageUp: 30 }[e.key];
    if (e.altKey || e.ctrlKey || e.metaKey) return;
    if (step) this.seek(this.at + step);
    else if (e.key === "Home") this.seek(0);
    else if (e.key === "End") this.seek(this.length);
    else if (e.key === " ") this.toggle();
    else return;
    e.preventDefault();
  }

  drag(e) {
    const box = this.wave.getBoundingClientRect();
    this.dragged = Math.min(Math.max((e.clientX - box.left) / box.width, 0), 1) * this.length;
    this.show(this.dragged);
  }

  // ---- sound

  // Two versions need gains of their own, which an element alone has not everywhere; one version needs nothing.
  connect() {
    if (this.context || this.voices.length < 2 || !window.AudioContext) { this.level(); return; }
    this.context = new AudioContext({ latencyHint: "playback" });
    for (const voice of this.voices) {
      voice.gain = this.context.createGain();
      voice.gain.gain.value = 0;
      this.context.createMediaElementSource(voice.audio).connect(voice.gain).connect(this.context.destination);
    }
    this.level();
  }

  level() {
    const even = this.same ? this.same.checked : true;
    for (const voice of this.voices) {
      const heard = voice === (this.borrowed ?? this.voice);
      const gain = heard ? (even ? linear(voice.db) : 1) : 0;
      if (voice.gain) {
        const now = this.context.currentTime;
        voice.gain.gain.cancelScheduledValues(now);
        voice.gain.gain.setValueAtTime(voice.gain.gain.value, now);
        voice.gain.gain.linearRampToValueAtTime(gain, now + FADE_S);
      } else {
        voice.audio.volume = gain;
        voice.audio.muted = !heard;
      }
    }
  }

  start(voice) {
    const { audio } = voice;
    if (audio.error) return;
    if (Math.abs(audio.currentTime - this.at) > 0.05 && audio.paused) audio.currentTime = this.at;
    audio.play().catch((refused) => {
      if (refused.name === "NotAllowedError" && voice === this.voice) { this.pause(); this.tell("Your browser did not let it play. Press play once more."); }
    });
  }

  // The version that is not heard runs a little faster or slower until it is where the other one is.
  keepInStep() {
    const lead = (this.borrowed ?? this.voice).audio;
    if (lead.paused || lead.seeking || lead.readyState < 3) return;
    for (const voice of this.voices) {
      const { audio } = voice;
      if (audio === lead || voice === this.voice || audio.error || audio.seeking || audio.readyState < 2) continue;
      if (audio.paused && !lead.ended) this.start(voice);
      const behind = lead.currentTime - audio.currentTime;
      if (Math.abs(behind) > 0.5) { audio.currentTime = lead.currentTime; audio.playbackRate = 1; }
      else audio.playbackRate = Math.abs(behind) < 0.004 ? 1 : Math.min(Math.max(1 + 2 * behind, 0.9), 1.1);
    }
  }

  jump(seconds) {
    this.at = seconds;
    this.from = seconds;
    for (const { audio } of this.voices) { audio.currentTime = seconds; audio.playbackRate = 1; }
    this.show(seconds);
    this.told(seconds);
  }

  moved() {
    const t = this.voice.audio.currentTime;
    if (!this.wanted || this.voice.audio.readyState < 2 || this.voice.audio.seeking || this.voice.retrying) return;
    if (this.from !== undefined && t > this.from && t - this.from < 1.5) this.wave.dispatchEvent(new CustomEvent("heard", { detail: { from: this.from, to: t }, bubbles: true }));
    this.from = t;
    this.at = t;
    this.told(t);
  }

  told(t) { this.wave.dispatchEvent(new CustomEvent("position", { detail: t, bubbles: true })); }

  ended() {
    this.pause();
    this.at = this.length;
    this.show(this.length);
  }

  // ---- trouble: a network that went away comes back, and the song goes on where it was

  failed(voice) {
    const { audio } = voice;
    if (!audio.error || audio.error.code === MediaError.MEDIA_ERR_ABORTED) return;
    voice.fails += 1;
    const heard = voice === this.voice;
    if (voice.fails > TRIES || audio.error.code === MediaError.MEDIA_ERR_DECODE) {
      if (heard) this.giveUp();
      return;
    }
    // A network that is gone comes back; a sound that was taken away does not.
    if (voice.fails === 1) fetch(audio.src, { method: "HEAD" }).then((a) => { if (a.status === 404) { voice.fails = TRIES; if (voice === this.voice) this.giveUp(); } }, () => {});
    if (heard) this.tell(`The connection dropped at ${mmss(this.at)}. It goes on by itself when it is back.`);
    voice.retrying = true;
    const again = () => {
      clearTimeout(timer);
      removeEventListener("online", again);
      if (voice.fails >= TRIES) return;
      audio.load();
      audio.currentTime = this.at;
      voice.retrying = false;
      if (this.wanted) this.start(voice);
    };
    const timer = setTimeout(again, Math.min(1000 * 2 ** (voice.fails - 1), 15000));
    addEventListener("online", again);
  }

  giveUp() {
    this.pause();
    this.tell("This sound cannot be played now. Load the page again; if that does not help, it was taken away.");
  }

  waits() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => { if (this.wanted && this.voice.audio.readyState < 3) this.tell("Waiting for the network. It goes on by itself."); }, 2000);
  }

  tell(words) {
    if (!words) clearTimeout(this.waiting);
    if (this.trouble && this.trouble.textContent !== words) this.trouble.textContent = words;
  }

  // ---- looks

  look() {
    const use = this.button.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, this.wanted ? "#pause" : "#play"));
    const word = this.wanted ? "Pause" : "Play";
    const said = this.button.querySelector("[data-play-word]");
    if (said) said.textContent = word;
    this.button.setAttribute("aria-label", said ? `${word} ${this.root.dataset.title}` : word);
  }

  draw() {
    if (!this.wanted) return;
    if (this.dragged === undefined && !this.voice.retrying && !this.voice.audio.seeking) this.show(this.voice.audio.readyState ? this.voice.audio.currentTime : this.at);
    requestAnimationFrame(() => this.draw());
  }

  show(t) {
    const x = (1000 * t) / this.length;
    this.wave.querySelector("clipPath rect").setAttribute("width", x);
    const head = this.wave.querySelector(".head");
    head.setAttribute("x1", x);
    head.setAttribute("x2", x);
    // What is read out changes once a second, not sixty times.
    const whole = Math.floor(t);
    if (this.shown === whole) return;
    this.shown = whole;
    this.wave.setAttribute("aria-valuenow", whole);
    this.wave.setAttribute("aria-valuetext", `${mmss(t)} of ${mmss(this.length)}`);
    if (this.clock) this.clock.textContent = mmss(t);
  }

  say() {
    const said = this.root.querySelector("[data-said]");
    if (!said) return;
    said.dataset.even ??= said.textContent;
    said.textContent = this.same.checked ? said.dataset.even : "Each version is as loud as it was made, so the louder one may seem better than it is.";
  }

  announce() {
    const session = navigator.mediaSession;
    if (!session) return;
    const { title, artist, cover } = this.root.dataset;
    session.metadata = new MediaMetadata({ title, artist, artwork: cover ? [{ src: cover, sizes: "400x400", type: "image/svg+xml" }] : [] });
    session.playbackState = "playing";
    const acts = { play: () => this.play(), pause: () => this.pause(), seekbackward: () => this.seek(this.at - 5), seekforward: () => this.seek(this.at + 5), seekto: (d) => this.seek(d.seekTime) };
    for (const [name, act] of Object.entries(acts)) session.setActionHandler(name, act);
  }
}

function find(within) {
  const roots = [...(within.matches?.("[data-player]") ? [within] : []), ...within.querySelectorAll("[data-player]")];
  for (const root of roots) {
    // A place that a player is loaded into may carry the same mark; the player is what has the slider.
    if (root.hasAttribute("data-ready") || root.querySelector("[data-player]") || !root.querySelector("[data-wave]")) continue;
    root.setAttribute("data-ready", "");
    players.add(new Player(root));
  }
}
find(document);
document.addEventListener("htmx:load", (e) => find(e.detail.elt));
// What leaves the page stops sounding.
document.addEventListener("htmx:beforeCleanupElement", (e) => {
  for (const player of players) {
    if (!e.detail.elt.contains(player.root)) continue;
    player.pause();
    players.delete(player);
    player.context?.close();
    if (last === player) last = null;
  }
});

const atHand = () => [...players].find((p) => p.root.contains(document.activeElement)) ?? last ?? [...players][0];
document.addEventListener("keydown", (e) => {
  if (e.defaultPrevented || e.altKey || e.ctrlKey || e.metaKey || typing(e)) return;
  const player = atHand();
  if (!player) return;
  if (e.code === "Space" && !e.target.closest("button, a, summary, input, select, [role=slider]")) { e.preventDefault(); player.toggle(); }
  else if (e.key === "x" || e.key === "X") player.other();
  else if (/^Arrow(Left|Right)$/.test(e.key) && !e.target.closest("input, select, [role=slider], .scroll-x")) player.key(e);
});
