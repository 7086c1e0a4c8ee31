import { once } from "../once.ts";
import { hex, padded, utf8 } from "./bytes.ts";
import { fractionBits, primes } from "./primes.ts";

const roundConstants = once(() => BigUint64Array.from(primes(80), (prime) => fractionBits(prime, 3, 64)));
const start = once(() => BigUint64Array.from(primes(8), (prime) => fractionBits(prime, 2, 64)));

/** SHA-512 of the UTF-8 text, in hexadecimal. */
export function sha512(text: string): string {
  const view = padded(utf8(text), 128, false);
  const state = BigUint64Array.from(start());
  // The typed array keeps 64 bits of what is assigned.
  const words = new BigUint64Array(80);
  for (let block = 0; block < view.byteLength; block += 128) {
    for (let index = 0; index < 16; index += 1) words[index] = view.getBigUint64(block + index * 8);
    for (let index = 16; index < 80; index += 1) {
      const [early, late] = [words[index - 15]!, words[index - 2]!];
      const first = rotate(early, 1n) ^ rotate(early, 8n) ^ (early >> 7n);
      const second = rotate(late, 19n) ^ rotate(late, 61n) ^ (late >> 6n);
      words[index] = words[index - 16]! + first + words[index - 7]! + second;
    }
    compress(state, words);
  }
  const result = new DataView(new ArrayBuffer(64));
  for (const [index, word] of state.entries()) result.setBigUint64(index * 8, word);
  return hex(new Uint8Array(result.buffer));
}

function compress(state: BigUint64Array, words: BigUint64Array): void {
  const work = BigUint64Array.from(state);
  const constants = roundConstants();
  for (let step = 0; step < 80; step += 1) {
    const [a = 0n, b = 0n, c = 0n, , e = 0n, f = 0n, g = 0n, h = 0n] = work;
    const choice = (e & f) ^ (~e & g);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const mixed = rotate(e, 14n) ^ rotate(e, 18n) ^ rotate(e, 41n);
    const first = h + mixed + choice + constants[step]! + words[step]!;
    const second = (rotate(a, 28n) ^ rotate(a, 34n) ^ rotate(a, 39n)) + majority;
    work.copyWithin(1, 0, 7);
    work[4]! += first;
    work[0] = first + second;
  }
  for (const [index, value] of work.entries()) state[index]! += value;
}

function rotate(value: bigint, bits: bigint): bigint {
  return BigInt.asUintN(64, (value >> bits) | (value << (64n - bits)));
}
