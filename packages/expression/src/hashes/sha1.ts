import { hex, padded, utf8 } from "./bytes.ts";

const ADDENDS = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6];

/** SHA-1 of the UTF-8 text, in hexadecimal. For checksums, not for security. */
export function sha1(text: string): string {
  const view = padded(utf8(text), 64, false);
  const state = new Int32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]);
  const words = new Int32Array(80);
  for (let block = 0; block < view.byteLength; block += 64) {
    for (let index = 0; index < 16; index += 1) words[index] = view.getInt32(block + index * 4);
    for (let index = 16; index < 80; index += 1) {
      words[index] = rotate(words[index - 3]! ^ words[index - 8]! ^ words[index - 14]! ^ words[index - 16]!, 1);
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0] = state;
    for (let step = 0; step < 80; step += 1) {
      const round = Math.floor(step / 20);
      const sum = (rotate(a, 5) + mix(round, b, c, d) + e + ADDENDS[round]! + words[step]!) | 0;
      e = d;
      d = c;
      c = rotate(b, 30);
      b = a;
      a = sum;
    }
    for (const [index, value] of [a, b, c, d, e].entries()) state[index]! += value;
  }
  const result = new DataView(new ArrayBuffer(20));
  for (const [index, word] of state.entries()) result.setInt32(index * 4, word);
  return hex(new Uint8Array(result.buffer));
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function mix(round: number, b: number, c: number, d: number): number {
  if (round === 0) return (b & c) | (~b & d);
  if (round === 2) return (b & c) | (b & d) | (c & d);
  return b ^ c ^ d;
}
