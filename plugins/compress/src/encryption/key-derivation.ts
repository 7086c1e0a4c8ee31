import { dynamic, TaskFailure } from "@capstan/sdk";
import { argon2, pbkdf2, scrypt, type ScryptOptions } from "node:crypto";
import { promisify } from "node:util";
import { z } from "zod";

export const ITERATIONS_MIN = 10_000;
export const ITERATIONS_MAX = 10_000_000;
/** Kibibytes for Argon2id, and N of scrypt: both a gibibyte. */
export const MEMORY_MAX = 1_048_576;
export const ARGON2_PASSES_MAX = 100;
export const ARGON2_PARALLELISM_MAX = 64;
/** N times p of scrypt, which is its time. */
export const SCRYPT_COST_MAX = 4_194_304;
export const SCRYPT_PARALLELISM_MAX = 255;
/** Of scrypt; the format has no other. */
export const SCRYPT_BLOCK_SIZE = 8;

/** How a key is made of a password. */
export type Derivation =
  | { readonly kind: "PBKDF2_SHA256" | "PBKDF2_SHA512"; readonly iterations: number }
  | { readonly kind: "ARGON2ID"; readonly passes: number; readonly memory: number; readonly parallelism: number }
  | { readonly kind: "SCRYPT"; readonly cost: number; readonly parallelism: number };

/** The property that says how often a password is hashed. */
export function iterations() {
  return dynamic(z.int()).default(600_000);
}

/** Throws `TaskFailure` for numbers that are too weak, or that would take the worker's memory or time. */
export function checkDerivation(derivation: Derivation): void {
  switch (derivation.kind) {
    case "PBKDF2_SHA256":
    case "PBKDF2_SHA512":
      return within("iterations", derivation.iterations, ITERATIONS_MIN, ITERATIONS_MAX);
    case "ARGON2ID":
      within("argon2TimeCost", derivation.passes, 1, ARGON2_PASSES_MAX);
      within("parallelism", derivation.parallelism, 1, ARGON2_PARALLELISM_MAX);
      return within("memory", derivation.memory, 8 * derivation.parallelism, MEMORY_MAX);
    case "SCRYPT": {
      const { cost, parallelism } = derivation;
      within("memory", cost, 2, MEMORY_MAX);
      within("parallelism", parallelism, 1, SCRYPT_PARALLELISM_MAX);
      if (!Number.isInteger(Math.log2(cost)))
        throw new TaskFailure(`\`memory\` is ${cost}, and for SCRYPT it is a power of two.`);
      if (cost * parallelism > SCRYPT_COST_MAX)
        throw new TaskFailure(
          `\`memory\` times \`parallelism\` is ${cost * parallelism}, and for SCRYPT at most ${SCRYPT_COST_MAX}.`,
        );
      return;
    }
    default:
      derivation satisfies never;
  }
}

/** The key of a password, of so many bytes. */
export async function deriveKey(
  password: string,
  salt: Buffer,
  derivation: Derivation,
  bytes: number,
): Promise<Buffer> {
  checkDerivation(derivation);
  switch (derivation.kind) {
    case "PBKDF2_SHA256":
      return promisify(pbkdf2)(password, salt, derivation.iterations, bytes, "sha256");
    case "PBKDF2_SHA512":
      return promisify(pbkdf2)(password, salt, derivation.iterations, bytes, "sha512");
    case "ARGON2ID": {
      const { passes, memory, parallelism } = derivation;
      const parameters = { message: password, nonce: salt, parallelism, tagLength: bytes, memory, passes };
      return promisify(argon2)("argon2id", parameters);
    }
    case "SCRYPT": {
      const { cost: N, parallelism: p } = derivation;
      const maxmem = 128 * SCRYPT_BLOCK_SIZE * (N + p + 2);
      return promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)(password, salt, bytes, {
        N,
        r: SCRYPT_BLOCK_SIZE,
        p,
        maxmem,
      });
    }
    default:
      return derivation satisfies never;
  }
}

function within(property: string, value: number, least: number, most: number): void {
  if (value < least || value > most)
    throw new TaskFailure(`\`${property}\` is ${value}, and may be from ${least} to ${most}.`);
}
