import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ExecutionFiles } from "../context.ts";
import { OWN_FILES_PREFIX } from "../working-files.ts";

/** Addresses of stored files inside a command line or a script. */
const ADDRESS_INSIDE = /(?:kestra|nsfile):\/\/[-\p{L}\p{N}._+~#=/%]*/gu;

/** Replaces addresses of stored files by the paths of local copies. */
export async function withLocalCopies(
  folder: string,
  texts: readonly string[],
  files: ExecutionFiles,
): Promise<readonly string[]> {
  const copies = new Map<string, string>();
  for (const text of texts) {
    for (const [address] of text.matchAll(ADDRESS_INSIDE)) {
      if (copies.has(address)) continue;
      const name = address
        .split("/")
        .at(-1)!
        .replaceAll(/[^\w.-]/g, "_");
      const path = join(folder, `${OWN_FILES_PREFIX}copies`, `${copies.size}-${name}`);
      await mkdir(dirname(path), { recursive: true });
      await pipeline(await files.read(address), createWriteStream(path));
      copies.set(address, path);
    }
  }
  return texts.map((text) => text.replaceAll(ADDRESS_INSIDE, (address) => copies.get(address) ?? address));
}
