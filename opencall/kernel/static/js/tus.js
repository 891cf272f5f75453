// One file on its way by tus 1.0: it may stop anywhere, and goes on where the server says that it stopped.
const CHUNK = 8 * 1024 * 1024;
const WAITS_S = [1, 2, 4, 8, 15, 30];
const TUS = { "Tus-Resumable": "1.0.0" };
const words = (pairs) => Object.entries(pairs).filter(([, v]) => v)
  .map(([k, v]) => `${k} ${btoa(String.fromCharCode(...new TextEncoder().encode(v)))}`).join(",");

// Not randomUUID: on a page without TLS there is none.
const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export class Refused extends Error {
  constructor(status, code, message) { super(message); this.status = status; this.code = code; }
}

// A request that tells how far its body is; status 0 means that nobody answered.
function ask(method, url, headers, body, { onprogress, signal } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries({ ...TUS, ...headers })) request.setRequestHeader(name, value);
    if (onprogress) request.upload.onprogress = (e) => onprogress(e.loaded);
    signal?.addEventListener("abort", () => request.abort(), { once: true });
    request.onabort = () => reject(new DOMException("paused", "AbortError"));
    request.onerror = request.ontimeout = () => reject(new Refused(0, "Offline", "The connection dropped."));
    request.onload = () => {
      if (request.status < 300) return resolve(request);
      let error = {};
      try { error = JSON.parse(request.responseText).error ?? {}; } catch { /* an answer of something between us */ }
      reject(new Refused(request.status, error.code ?? "", error.message ?? `The server answered ${request.status}.`));
    };
    request.send(body ?? null);
  });
}

export class Transfer {
  // `memory` keeps the upload's address for the next visit: get(), set(url), forget(). `on` is told what happens.
  constructor(file, announcement, { memory, hash, on }) {
    Object.assign(this, { file, announcement, memory, on, hash, sent: 0, url: null, key: newKey() });
  }

  // What another tab finishes meanwhile is forgotten there, and still known here.
  get #address() { return this.url ?? this.memory.get(); }
  #forget() { this.url = null; this.key = newKey(); this.memory.forget(); }

  async run(signal) {
    let failures = 0, again = 0;
    for (;;) {
      try {
        return await this.#send(signal, () => { failures = 0; });
      } catch (problem) {
        if (signal.aborted) throw new DOMException("paused", "AbortError");
        if (!(problem instanceof Refused)) throw problem;
        if ((problem.status === 404 || problem.status === 410) && this.#address && again++ < 1) { this.#forget(); continue; }
        // What arrived is not this file: the server dropped it, so it is sent once more from its beginning.
        if (problem.status === 460 && again++ < 2) continue;
        const passes = problem.status === 0 || problem.status === 408 || problem.status === 423 || problem.status === 429
          || problem.code === "OffsetWrong" || (problem.status >= 500 && problem.status !== 507);
        if (!passes) throw problem;
        const wait = WAITS_S[Math.min(failures++, WAITS_S.length - 1)];
        this.on.waiting?.(problem, wait);
        await pause(wait, signal);
      }
    }
  }

  async #send(signal, moved) {
    let url = this.#address;
    if (url) {
      const answer = await ask("HEAD", url, {}, null, { signal });
      if (Number(answer.getResponseHeader("Upload-Length")) !== this.file.size) throw new Refused(409, "AnotherFile", "");
      this.sent = Number(answer.getResponseHeader("Upload-Offset"));
    } else {
      // The same key again is the same upload, should the answer get lost on its way.
      const announced = { "Upload-Length": this.file.size, "Upload-Metadata": words({ ...this.announcement, key: this.key }) };
      const answer = await ask("POST", "/api/uploads", announced, null, { signal });
      url = answer.getResponseHeader("Location");
      this.memory.set(url);
      this.sent = Number(answer.getResponseHeader("Upload-Offset"));
    }
    this.url = url;
    this.on.progress?.(this.sent);
    for (;;) {
      const start = this.sent, end = Math.min(start + CHUNK, this.file.size);
      const headers = { "Content-Type": "application/offset+octet-stream", "Upload-Offset": start };
      if (end === this.file.size) {
        const sha256 = await this.hash();
        if (sha256) headers["Opencall-Sha256"] = sha256;
      }
      const answer = await ask("PATCH", url, headers, this.file.slice(start, end), {
        signal,
        onprogress: (loaded) => this.on.progress?.(Math.min(start + loaded, end)),
      });
      moved();
      this.sent = Number(answer.getResponseHeader("Upload-Offset"));
      this.on.progress?.(this.sent);
      const file = answer.getResponseHeader("Opencall-File");
      if (file) {
        this.#forget();
        return { file, sha256: answer.getResponseHeader("Opencall-Sha256") };
      }
    }
  }

  async drop() {
    const url = this.#address;
    this.#forget();
    if (url) await ask("DELETE", url).catch(() => { /* it was gone already, or is collected in a week */ });
  }
}

// Ends early when the connection is back.
function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(over, 1000 * seconds);
    function over() { clearTimeout(timer); removeEventListener("online", over); signal.removeEventListener("abort", stop); resolve(); }
    function stop() { clearTimeout(timer); removeEventListener("online", over); reject(new DOMException("paused", "AbortError")); }
    addEventListener("online", over, { once: true });
    signal.addEventListener("abort", stop, { once: true });
  });
}
