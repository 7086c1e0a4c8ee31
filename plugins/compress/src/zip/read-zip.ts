import { TaskFailure } from "@capstan/sdk";
import { crc32 } from "node:zlib";
import type { Entry, ZipFile } from "yauzl";

export interface ZipEntry {
  /** As it is written. */
  readonly name: string;
  readonly isFolder: boolean;
  readonly content: () => AsyncIterable<Uint8Array>;
}

/** The entries of a ZIP archive of this machine. Throws `TaskFailure` for what can't be read. */
export async function* readZip(path: string): AsyncGenerator<ZipEntry> {
  const { openPromise } = await import("yauzl");
  const zip = await openPromise(path, { autoClose: false, strictFileNames: false }).catch((error: unknown) => {
    throw new TaskFailure(`The file is no ZIP archive: ${reasonOf(error)}. Check \`algorithm\` and \`compression\`.`, {
      cause: error,
    });
  });
  try {
    for await (const entry of entriesOf(zip)) {
      const name = entry.fileName;
      yield { name, isFolder: name.endsWith("/"), content: () => contentOf(zip, entry) };
    }
  } finally {
    zip.close();
  }
}

/** Names that lead out of the archive are refused by the library as well, before anybody sees them. */
async function* entriesOf(zip: ZipFile): AsyncGenerator<Entry> {
  const entries = zip.eachEntry();
  for (;;) {
    const { value, done } = await entries.next().catch((error: unknown) => {
      throw new TaskFailure(`The ZIP archive can't be read: ${reasonOf(error)}.`, { cause: error });
    });
    if (done === true) return;
    yield value;
  }
}

/** The bytes of a file, of which the check sum is right. */
async function* contentOf(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  if (entry.isEncrypted())
    throw new TaskFailure(`The file ${entry.fileName} of the ZIP archive is encrypted. Use a script task with unzip.`);
  let sum = 0;
  try {
    for await (const piece of await zip.openReadStreamPromise(entry)) {
      sum = crc32(piece as Uint8Array, sum);
      yield piece as Uint8Array;
    }
    if (sum !== entry.crc32) throw new RangeError("its check sum is another one");
  } catch (error) {
    throw new TaskFailure(`The file ${entry.fileName} of the ZIP archive can't be read: ${reasonOf(error)}.`, {
      cause: error,
    });
  }
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
}
