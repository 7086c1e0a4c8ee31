import { defineTask, dynamic, secret, text } from "@capstan/sdk";
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { storedName } from "../entry-name.ts";
import { readBytes, storeBytes } from "../stored-files.ts";
import { encrypted } from "./cipher.ts";
import { NONCE_BYTES, OPENSSL_SALT_BYTES, SALT_BYTES } from "./header.ts";
import {
  ARGON2_PARALLELISM_MAX,
  ARGON2_PASSES_MAX,
  checkDerivation,
  type Derivation,
  ITERATIONS_MAX,
  ITERATIONS_MIN,
  iterations,
  MEMORY_MAX,
  SCRYPT_COST_MAX,
} from "./key-derivation.ts";

/** Encrypts a file with a password. */
export const fileEncrypt = defineTask({
  type: "io.kestra.plugin.compress.FileEncrypt",
  title: "Encrypt a file",
  description:
    "With AES-256. By default as `openssl enc -aes-256-cbc -pbkdf2` does, which can decrypt it but doesn't notice every change of it; " +
    "with another `keyDerivation` in Kestra's format, which is sealed against changes.",
  properties: () =>
    z.object({
      from: text().describe("The file: the URI of a stored one."),
      password: secret().describe("The password, such as `{{ secret('BACKUP_PASSWORD') }}`."),
      keyDerivation: dynamic(z.enum(["PBKDF2_SHA256", "PBKDF2_SHA512", "ARGON2ID", "SCRYPT"]))
        .default("PBKDF2_SHA256")
        .describe("How the key is made of the password. ARGON2ID and SCRYPT take memory, which makes guessing dear."),
      iterations: iterations().describe(
        `How often PBKDF2 hashes, from ${ITERATIONS_MIN} to ${ITERATIONS_MAX}. \`openssl\` is told by \`-iter\`.`,
      ),
      memory: dynamic(z.int())
        .default(65_536)
        .describe(`For ARGON2ID the memory in kibibytes; for SCRYPT its N, a power of two. ${MEMORY_MAX} at most.`),
      parallelism: dynamic(z.int())
        .default(1)
        .describe(
          `For ARGON2ID its lanes, ${ARGON2_PARALLELISM_MAX} at most; for SCRYPT its p, which with N makes ${SCRYPT_COST_MAX} at most.`,
        ),
      argon2TimeCost: dynamic(z.int())
        .default(3)
        .describe(`How often ARGON2ID passes over its memory, ${ARGON2_PASSES_MAX} at most.`),
    }),
  outputs: () => z.object({ uri: z.string().describe("The encrypted file, with the extension `.enc`.") }),
  examples: [
    {
      title: "Encrypt a backup before it leaves",
      code: 'id: encrypt\ntype: io.kestra.plugin.compress.FileEncrypt\nfrom: "{{ outputs.dump.uri }}"\npassword: "{{ secret(\'BACKUP_PASSWORD\') }}"\nkeyDerivation: ARGON2ID\n',
    },
  ],
  async run(context) {
    const { from, password, ...written } = context.properties;
    const derivation = derivationOf(written);
    checkDerivation(derivation);
    const header =
      derivation.kind === "PBKDF2_SHA256"
        ? { derivation, salt: randomBytes(OPENSSL_SALT_BYTES) }
        : { derivation, salt: randomBytes(SALT_BYTES), nonce: randomBytes(NONCE_BYTES) };
    const content = encrypted(await readBytes(context, from), password, header);
    const uri = await storeBytes(context, `${storedName(from)}.enc`, content);
    context.log.info(`encrypted into ${uri}`);
    return { uri };
  },
});

interface WrittenDerivation {
  readonly keyDerivation: Derivation["kind"];
  readonly iterations: number;
  readonly memory: number;
  readonly parallelism: number;
  readonly argon2TimeCost: number;
}

function derivationOf({
  keyDerivation: kind,
  iterations,
  memory,
  parallelism,
  argon2TimeCost,
}: WrittenDerivation): Derivation {
  if (kind === "ARGON2ID") return { kind, passes: argon2TimeCost, memory, parallelism };
  return kind === "SCRYPT" ? { kind, cost: memory, parallelism } : { kind, iterations };
}
