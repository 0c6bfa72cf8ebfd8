const prime1 = 0x9e3779b1 | 0;
const prime2 = 0x85ebca77 | 0;
const prime3 = 0xc2b2ae3d | 0;
const prime4 = 0x27d4eb2f;
const prime5 = 0x165667b1;

const { imul } = Math;

/**
 * xxHash32 with seed 0, as a number from 0 to 2^32 - 1. It detects accidents, not attacks.
 * Reads lanes in the byte order of the machine: all current runtimes are little-endian.
 */
export function xxHash32(bytes: Uint8Array): number {
  const length = bytes.length;
  // reading four bytes at a time needs a start at a multiple of four; reading single bytes is three times slower than a copy
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  const lanes = new Int32Array(aligned.buffer, aligned.byteOffset, length >>> 2);
  const stripes = lanes.length & ~3;

  let hash = (stripes ? hashStripes(lanes, stripes) : prime5) + length;
  for (let i = stripes; i < lanes.length; i++) {
    hash = imul(rotate(hash + imul(lanes[i]!, prime3), 17), prime4);
  }
  for (let i = lanes.length << 2; i < length; i++) {
    hash = imul(rotate(hash + imul(aligned[i]!, prime5), 11), prime1);
  }
  hash = imul(hash ^ (hash >>> 15), prime2);
  hash = imul(hash ^ (hash >>> 13), prime3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * Processes four lanes at a time. This loop determines the time for a large body. It calls nothing else but `imul`: a fresh page runs it
 * before the engine has optimized it, when calls cost most.
 */
function hashStripes(lanes: Int32Array, end: number): number {
  let a = (prime1 + prime2) | 0;
  let b = prime2;
  let c = 0;
  let d = -prime1 | 0;
  for (let i = 0; i < end; i += 4) {
    a = (a + imul(lanes[i]!, prime2)) | 0;
    a = imul((a << 13) | (a >>> 19), prime1);
    b = (b + imul(lanes[i + 1]!, prime2)) | 0;
    b = imul((b << 13) | (b >>> 19), prime1);
    c = (c + imul(lanes[i + 2]!, prime2)) | 0;
    c = imul((c << 13) | (c >>> 19), prime1);
    d = (d + imul(lanes[i + 3]!, prime2)) | 0;
    d = imul((d << 13) | (d >>> 19), prime1);
  }
  return (rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)) | 0;
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}
