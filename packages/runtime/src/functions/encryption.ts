import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { TaskFailure } from "@capstan/sdk";

/** AES-GCM with a base64 key of 16, 24 or 32 bytes. The text form is base64 of: 12 bytes of IV, cipher text, 16 bytes of tag. */
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** The server's own key. Throws at once when it is none. */
export function createCipher(key: string) {
  keyOf(key);
  return {
    encrypt: (plaintext: string) => encrypt(key, plaintext),
    decrypt: (encrypted: string) => decrypt(key, encrypted),
  };
}

export function encrypt(key: string, plaintext: string): string {
  const secret = keyOf(key);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(cipherFor(secret), secret, iv);
  return Buffer.concat([iv, cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]).toString("base64");
}

/** Throws `TaskFailure` when the text was not encrypted with this key, or was changed. */
export function decrypt(key: string, encrypted: string): string {
  const secret = keyOf(key);
  const bytes = Buffer.from(encrypted, "base64");
  if (bytes.length < IV_BYTES + TAG_BYTES)
    throw new TaskFailure("the text to decrypt is too short to be an encrypted one");
  const decipher = createDecipheriv(cipherFor(secret), secret, bytes.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]).toString("utf8");
  } catch (cause) {
    throw new TaskFailure("the text can't be decrypted: it was encrypted with another key, or changed", { cause });
  }
}

function keyOf(key: string): Buffer {
  const bytes = Buffer.from(key, "base64");
  if (![16, 24, 32].includes(bytes.length))
    throw new TaskFailure(`an encryption key is base64 of 16, 24 or 32 bytes; this one has ${bytes.length}`);
  return bytes;
}

function cipherFor(key: Buffer): "aes-128-gcm" | "aes-192-gcm" | "aes-256-gcm" {
  return key.length === 16 ? "aes-128-gcm" : key.length === 24 ? "aes-192-gcm" : "aes-256-gcm";
}
