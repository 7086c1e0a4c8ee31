import { once } from "../once.ts";
import { hex, padded, utf8 } from "./bytes.ts";
import { fractionBits, primes } from "./primes.ts";

const roundConstants = once(() =>
  Int32Array.from(primes(64), (prime) => Number(BigInt.asIntN(32, fractionBits(prime, 3, 32)))),
);
const start = once(() => Int32Array.from(primes(8), (prime) => Number(BigInt.asIntN(32, fractionBits(prime, 2, 32)))));

/** SHA-256 of the UTF-8 text, in hexadecimal. */
export function sha256(text: string): string {
  const view = padded(utf8(text), 64, false);
  const state = Int32Array.from(start());
  const words = new Int32Array(64);
  for (let block = 0; block < view.byteLength; block += 64) {
    for (let index = 0; index < 16; index += 1) words[index] = view.getInt32(block + index * 4);
    for (let index = 16; index < 64; index += 1) {
      const [early, late] = [words[index - 15]!, words[index - 2]!];
      const first = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
      const second = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
      words[index] = words[index - 16]! + first + words[index - 7]! + second;
    }
    compress(state, words);
  }
  const result = new DataView(new ArrayBuffer(32));
  for (const [index, word] of state.entries()) result.setInt32(index * 4, word);
  return hex(new Uint8Array(result.buffer));
}

function compress(state: Int32Array, words: Int32Array): void {
  const work = Int32Array.from(state);
  const constants = roundConstants();
  for (let step = 0; step < 64; step += 1) {
    const [a = 0, b = 0, c = 0, , e = 0, f = 0, g = 0, h = 0] = work;
    const choice = (e & f) ^ (~e & g);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const first = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + choice + constants[step]! + words[step]!;
    const second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + majority;
    work.copyWithin(1, 0, 7);
    work[4]! += first;
    work[0] = first + second;
  }
  for (const [index, value] of work.entries()) state[index]! += value;
}

function rotate(value: number, bits: number): number {
  return (value >>> bits) | (value << (32 - bits));
}
