import { TaskFailure } from "@capstan/sdk";
import { createCipheriv, createDecipheriv, type DecipherGCM } from "node:crypto";
import type { Readable } from "node:stream";
import { deriveKey } from "./key-derivation.ts";
import { type Header, headerBytes, readHeader } from "./header.ts";

const KEY_BYTES = 32;
const BLOCK_BYTES = 16;
const TAG_BYTES = 16;

/** The encrypted file: its header, then the bytes as they come. */
export async function* encrypted(source: Readable, password: string, header: Header): AsyncGenerator<Uint8Array> {
  const start = headerBytes(header);
  const { key, iv } = await keyOf(password, header);
  const sealed = header.nonce === undefined ? undefined : createCipheriv("aes-256-gcm", key, iv);
  const cipher = sealed?.setAAD(start) ?? createCipheriv("aes-256-cbc", key, iv);
  yield start;
  for await (const piece of source as AsyncIterable<Buffer>) yield cipher.update(piece);
  yield cipher.final();
  if (sealed !== undefined) yield sealed.getAuthTag();
}

/**
 * The bytes of an encrypted file as they come: whether they are right is known at their end, so that nobody may use them before. Throws
 * `TaskFailure` for a wrong password or a damaged file; without a seal, some of them go unnoticed.
 */
export async function* decrypted(source: Readable, password: string, iterations: number): AsyncGenerator<Uint8Array> {
  const pieces = source.iterator() as AsyncIterableIterator<Buffer>;
  let rest: Buffer = Buffer.alloc(0);
  const take = async (bytes: number) => {
    while (rest.length < bytes) {
      const { done, value } = await pieces.next();
      if (done === true) break;
      rest = Buffer.concat([rest, value]);
    }
    const taken = rest.subarray(0, bytes);
    rest = rest.subarray(bytes);
    return taken;
  };
  const header = await readHeader(take, iterations);
  const { key, iv } = await keyOf(password, header);
  const isSealed = header.nonce !== undefined;
  const decipher = createDecipheriv(isSealed ? "aes-256-gcm" : "aes-256-cbc", key, iv) as DecipherGCM;
  if (isSealed) decipher.setAAD(headerBytes(header));
  const heldBytes = isSealed ? TAG_BYTES : 0;
  for (let isOpen = true; isOpen;) {
    const ready = rest.subarray(0, Math.max(0, rest.length - heldBytes));
    rest = rest.subarray(ready.length);
    if (ready.length > 0) yield decipher.update(ready);
    const { done, value } = await pieces.next();
    isOpen = done !== true;
    if (isOpen) rest = Buffer.concat([rest, value]);
  }
  yield lastOf(decipher, isSealed ? rest : undefined);
}

function lastOf(decipher: DecipherGCM, tag: Buffer | undefined): Buffer {
  try {
    if (tag !== undefined) decipher.setAuthTag(tag);
    return decipher.final();
  } catch (error) {
    const iterations = tag === undefined ? ", `iterations` another one than when it was encrypted," : "";
    throw new TaskFailure(`The file can't be decrypted: the password is wrong${iterations} or the file is damaged.`, {
      cause: error,
    });
  }
}

async function keyOf(password: string, { derivation, salt, nonce }: Header): Promise<{ key: Buffer; iv: Buffer }> {
  const bytes = await deriveKey(password, salt, derivation, nonce === undefined ? KEY_BYTES + BLOCK_BYTES : KEY_BYTES);
  return { key: bytes.subarray(0, KEY_BYTES), iv: nonce ?? bytes.subarray(KEY_BYTES) };
}
