import { createReadStream } from "node:fs";
import { opendir, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import type { FileToPack } from "./write-tar.ts";

/** What the folder itself allows in the container: whoever the program in it becomes may write there. */
const FOLDER_MODE = 0o777;
const MODE_BITS = 0o7777;

export interface Packing {
  /** Whom the files belong to in the container. */
  readonly owner: { readonly uid: number; readonly gid: number };
  /** Hears the path of each file and link, relative to the folder. */
  readonly onFile: (path: string) => void;
}

/**
 * A folder with all that is in it, under the path that it has, for an archive that is unpacked at the root. Sockets and pipes are
 * left out. Links are taken as they are.
 */
export async function* packFolder(folder: string, packing: Packing): AsyncGenerator<FileToPack> {
  const place = folder.replace(/^\/+/, "");
  yield folderEntry(place, FOLDER_MODE, packing);
  yield* entriesBelow(folder, "", packing);
}

async function* entriesBelow(folder: string, below: string, packing: Packing): AsyncGenerator<FileToPack> {
  for await (const entry of await opendir(join(folder, below))) {
    const relative = below === "" ? entry.name : `${below}/${entry.name}`;
    const path = join(folder, relative);
    const name = path.replace(/^\/+/, "");
    const { owner, onFile } = packing;
    if (entry.isDirectory()) {
      yield folderEntry(name, (await stat(path)).mode, packing);
      yield* entriesBelow(folder, relative, packing);
    } else if (entry.isSymbolicLink()) {
      onFile(relative);
      yield { name, kind: "symlink", target: await readlink(path), size: 0, mode: 0o777, owner, content: nothing };
    } else if (entry.isFile()) {
      onFile(relative);
      const { size, mode } = await stat(path);
      yield { name, size, mode: mode & MODE_BITS, owner, content: async () => createReadStream(path) };
    }
  }
}

function folderEntry(name: string, mode: number, { owner }: Packing): FileToPack {
  return { name: `${name}/`, kind: "folder", size: 0, mode: mode & MODE_BITS, owner, content: nothing };
}

async function nothing(): Promise<AsyncIterable<Uint8Array>> {
  return (async function* none() {})();
}
