import { Readable } from "node:stream";
import type { FileToPack } from "../tar.ts";

/** A file for an archive, from what is in it. */
export function packedFile(name: string, content: string | Buffer = "", rest: Partial<FileToPack> = {}): FileToPack {
  const bytes = Buffer.from(content);
  return { name, size: bytes.length, content: async () => Readable.from([bytes]), ...rest };
}
