import { createHash, type Hash } from "node:crypto";

/** What tells one request from another with the same key: its query, headers that say what to do, its body or form. */
export interface Fingerprint {
  text(body: string): void;
  /** A body that is no text, or comes in pieces. */
  bytes(chunk: Uint8Array): void;
  /** One part of a form; boundaries differ each time that the same form is sent. `bytes` are fed while they pass by. */
  part(name: string, fileName: string | undefined): Hash;
  /** Of all that was added. */
  digest(): string;
}

export function createFingerprint(...facts: readonly unknown[]): Fingerprint {
  const whole = createHash("sha256").update(JSON.stringify(facts));
  const parts: { readonly name: string; readonly fileName: string | undefined; readonly content: Hash }[] = [];
  return {
    text: (body) => void whole.update(body),
    bytes: (chunk) => void whole.update(chunk),
    part: (name, fileName) => {
      const content = createHash("sha256");
      parts.push({ name, fileName, content });
      return content;
    },
    digest: () => {
      for (const { name, fileName, content } of parts.splice(0))
        whole.update(JSON.stringify([name, fileName, content.digest("base64")]));
      return whole.copy().digest("base64url");
    },
  };
}
