import { TaskFailure } from "@capstan/sdk";
import { type Derivation, SCRYPT_BLOCK_SIZE } from "./key-derivation.ts";

/*
 * Two formats. That of `openssl enc -aes-256-cbc -pbkdf2`: "Salted__", 8 bytes of salt, then AES-256-CBC. And Kestra's, for the other
 * derivations: "KESTRAENC", a version, the derivation's number, 16 bytes of salt, 12 of nonce and the derivation's parameters in big
 * endian; then AES-256-GCM with all of that as additional data, and its tag of 16 bytes at the end.
 */
const OPENSSL_MARK = Buffer.from("Salted__", "latin1");
const OWN_MARK = Buffer.from("KESTRAENC\u0001", "latin1");
export const OPENSSL_SALT_BYTES = 8;
export const SALT_BYTES = 16;
export const NONCE_BYTES = 12;
const NUMBERS = { PBKDF2_SHA512: 2, ARGON2ID: 3, SCRYPT: 4 } as const;
const PARAMETER_BYTES: Readonly<Record<number, number>> = { 2: 4, 3: 10, 4: 6 };

/** What stands before the encrypted bytes. */
export interface Header {
  readonly derivation: Derivation;
  readonly salt: Buffer;
  /** Absent for the format of OpenSSL, which has none. */
  readonly nonce?: Buffer;
}

/** Gives so many bytes of a file, fewer at its end. */
export type Take = (bytes: number) => Promise<Buffer>;

export function headerBytes({ derivation, salt, nonce = Buffer.alloc(0) }: Header): Buffer {
  if (derivation.kind === "PBKDF2_SHA256") return Buffer.concat([OPENSSL_MARK, salt]);
  const number = NUMBERS[derivation.kind];
  const parameters = Buffer.alloc(PARAMETER_BYTES[number]!);
  if (derivation.kind === "SCRYPT") {
    parameters.writeUInt32BE(derivation.cost, 0);
    parameters.writeUInt8(SCRYPT_BLOCK_SIZE, 4);
    parameters.writeUInt8(derivation.parallelism, 5);
  } else if (derivation.kind === "ARGON2ID") {
    parameters.writeUInt32BE(derivation.passes, 0);
    parameters.writeUInt32BE(derivation.memory, 4);
    parameters.writeUInt16BE(derivation.parallelism, 8);
  } else {
    parameters.writeUInt32BE(derivation.iterations, 0);
  }
  return Buffer.concat([OWN_MARK, Buffer.of(number), salt, nonce, parameters]);
}

/** Reads a header; `iterations` are those of a file that doesn't tell its own. Throws `TaskFailure` for a file of another format. */
export async function readHeader(take: Take, iterations: number): Promise<Header> {
  const mark = await take(OPENSSL_MARK.length);
  if (mark.equals(OPENSSL_MARK))
    return { derivation: { kind: "PBKDF2_SHA256", iterations }, salt: await whole(take, OPENSSL_SALT_BYTES) };
  const rest = await take(OWN_MARK.length - OPENSSL_MARK.length);
  if (!Buffer.concat([mark, rest]).equals(OWN_MARK))
    throw new TaskFailure(
      "The file is not encrypted in a format that is known here: it begins neither as one of FileEncrypt does, nor as one of `openssl enc -pbkdf2`.",
    );
  const number = (await whole(take, 1)).readUInt8();
  const parameterBytes = PARAMETER_BYTES[number];
  if (parameterBytes === undefined)
    throw new TaskFailure(`The file's key is derived in a way that is not known here (${number}).`);
  const [salt, nonce] = [await whole(take, SALT_BYTES), await whole(take, NONCE_BYTES)];
  return { derivation: derivationOf(number, await whole(take, parameterBytes)), salt, nonce };
}

function derivationOf(number: number, parameters: Buffer): Derivation {
  const first = parameters.readUInt32BE(0);
  if (number === NUMBERS.PBKDF2_SHA512) return { kind: "PBKDF2_SHA512", iterations: first };
  if (number === NUMBERS.ARGON2ID)
    return {
      kind: "ARGON2ID",
      passes: first,
      memory: parameters.readUInt32BE(4),
      parallelism: parameters.readUInt16BE(8),
    };
  if (parameters.readUInt8(4) !== SCRYPT_BLOCK_SIZE)
    throw new TaskFailure(
      `The file's key is derived by scrypt with blocks of ${parameters.readUInt8(4)}, and ${SCRYPT_BLOCK_SIZE} are known here.`,
    );
  return { kind: "SCRYPT", cost: first, parallelism: parameters.readUInt8(5) };
}

async function whole(take: Take, bytes: number): Promise<Buffer> {
  const taken = await take(bytes);
  if (taken.length < bytes) throw new TaskFailure("The file ends within its header: it is not whole.");
  return taken;
}
