// What a file is, by its first bytes: its name may say anything. The server looks again, in the same way.
export const sizeOf = (n) => { for (const unit of ["bytes", "kB", "MB", "GB"]) { if (n < 1000 || unit === "GB") return unit === "bytes" ? `${n} bytes` : `${n.toFixed(1)} ${unit}`; n /= 1000; } };

// Where a magic number stands, and what it says.
const ARCHIVES = [[0, "PK\x03\x04", "a ZIP archive"], [0, "PK\x05\x06", "a ZIP archive"], [0, "PK\x07\x08", "a ZIP archive"], [0, "Rar!\x1a\x07", "a RAR archive"],
  [0, "7z\xbc\xaf\x27\x1c", "a 7z archive"], [0, "\x1f\x8b", "a GZIP archive"], [0, "BZh", "a BZIP2 archive"], [0, "\xfd7zXZ\0", "an XZ archive"],
  [0, "\x28\xb5\x2f\xfd", "a Zstandard archive"], [257, "ustar", "a TAR archive"]];
const W64 = "riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0";
const HEAD = 2 * 8192;
// Bitrates of MPEG audio in kbit/s by version and layer; index 0 is "free", 15 forbidden.
const BITRATES = {
  11: [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  12: [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  13: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  21: [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  22: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};
BITRATES[23] = BITRATES[22];

async function bytes(file, from = 0) { return new Uint8Array(await file.slice(from, from + HEAD).arrayBuffer()); }
const text = (head, from, to) => String.fromCharCode(...head.subarray(from, to));

// [what it is, what to do], or null where it is a sound that the server opens. Whether enough of it is there, the report says.
export async function wrongWith(file, largest) {
  if (file.size === 0) return ["is empty.", "Export it again and choose it here."];
  if (file.size > largest) return [`has ${sizeOf(file.size)}; a file may have ${sizeOf(largest)}.`, "Export it as 24-bit FLAC and choose that here."];
  const head = await bytes(file);
  if (await isSound(file, head)) return null;
  const archive = ARCHIVES.find(([at, magic]) => text(head, at, at + magic.length) === magic);
  if (archive) return [`is ${archive[2]}, and archives are not opened.`, "Unpack it, and choose the sound files in it."];
  return ["is no sound file that we can open.", "Export the track as WAV, AIFF or FLAC and choose it here."];
}

async function isSound(file, head) {
  if (text(head, 0, 3) === "ID3" && head.length >= 10) {
    const tag = 10 + head.subarray(6, 10).reduce((sum, one) => sum * 128 + (one & 0x7f), 0) + (head[5] & 0x10 ? 10 : 0);
    const behind = await bytes(file, tag);
    return text(behind, 0, 4) === "fLaC" || hasFrames(behind);
  }
  const first = text(head, 0, 4), kind = text(head, 8, 12);
  if (["RIFF", "RF64", "BW64"].includes(first) && ["WAVE", ""].includes(kind)) return true;
  if ((first === "RIFX" && kind === "WAVE") || (first === "FORM" && ["AIFF", "AIFC"].includes(kind))) return true;
  return ["fLaC", "OggS", "caff", ".snd"].includes(first) || text(head, 0, 16) === W64 || text(head, 4, 8) === "ftyp" || hasFrames(head);
}

// MPEG audio has no magic number: two frames in a row must agree.
function hasFrames(head) {
  if (head.length < 8 || head[0] !== 0xff) return false;
  if ((head[1] & 0xf6) === 0xf0) {
    const length = ((head[3] & 3) << 11) | (head[4] << 3) | (head[5] >> 5);
    return length > 7 && sameSync(head, length, 0xf6);
  }
  const length = frameBytes(head);
  return length > 0 && sameSync(head, length, 0xfe);
}
const sameSync = (head, length, mask) => head.length >= length + 2 && head[length] === 0xff && (head[length + 1] & mask) === (head[1] & mask);
function frameBytes(head) {
  const versionBits = (head[1] >> 3) & 3, layerBits = (head[1] >> 1) & 3, rate = (head[2] >> 2) & 3, bitrate = head[2] >> 4, padding = (head[2] >> 1) & 1;
  if ((head[1] & 0xe0) !== 0xe0 || versionBits === 1 || layerBits === 0 || rate === 3 || bitrate === 0 || bitrate === 15) return 0;
  const layer = 4 - layerBits, version = versionBits === 3 ? 1 : 2;
  const hz = [44100, 48000, 32000][rate] >> { 3: 0, 2: 1, 0: 2 }[versionBits], bits = 1000 * BITRATES[10 * version + layer][bitrate];
  if (layer === 1) return (Math.floor((12 * bits) / hz) + padding) * 4;
  return Math.floor((((layer === 3 && version === 2 ? 576 : 1152) / 8) * bits) / hz) + padding;
}
