import { createHash, timingSafeEqual } from "node:crypto";

export interface BasicCredential {
  readonly username: string;
  readonly password: string;
}

/**
 * Answers whether an `Authorization` header carries this credential. Takes equally long for every wrong one: digests
 * of the whole pair are compared, so neither length nor the first difference shows.
 */
export function createBasicCheck({ username, password }: BasicCredential): (header: string | undefined) => boolean {
  const expected = digest(Buffer.from(`${username}:${password}`, "utf8"));
  return (header) => {
    const encoded = /^basic +([\w+/=-]*)$/i.exec(header ?? "")?.[1] ?? "";
    return timingSafeEqual(digest(Buffer.from(encoded, "base64")), expected);
  };
}

function digest(value: Buffer): Buffer {
  return createHash("sha256").update(value).digest();
}
