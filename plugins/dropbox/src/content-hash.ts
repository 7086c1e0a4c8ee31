import { createHash } from "node:crypto";

const BLOCK_BYTES = 4_194_304;

export interface ContentHash {
  update(piece: Uint8Array): void;
  /** In hexadecimal; nothing may be added behind it. */
  digest(): string;
}

/** The hash that Dropbox tells of contents: SHA-256 of the SHA-256s of blocks of 4 MiB. */
export function createContentHash(): ContentHash {
  const whole = createHash("sha256");
  let block = createHash("sha256");
  let bytes = 0;
  const endBlock = () => {
    whole.update(block.digest());
    block = createHash("sha256");
    bytes = 0;
  };
  return {
    update(piece) {
      for (let start = 0; start < piece.length;) {
        const part = piece.subarray(start, start + BLOCK_BYTES - bytes);
        block.update(part);
        bytes += part.length;
        start += part.length;
        if (bytes === BLOCK_BYTES) endBlock();
      }
    },
    digest() {
      if (bytes > 0) endBlock();
      return whole.digest("hex");
    },
  };
}

/** The hash of what is in memory. */
export function contentHashOf(content: Uint8Array): string {
  const hash = createContentHash();
  hash.update(content);
  return hash.digest();
}
