import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { createSqliteStore, type Store } from "@capstan/store";
import { Mistake } from "./mistake.ts";

/**
 * The store in the folder `data`, which is made. It begins to open at once, in a thread of its own, while the rest of Capstan is
 * loaded; whoever starts it waits for that, or hears why it can't be opened. Nothing here waits: the thread would then begin when
 * all has been loaded.
 */
export function openDataStore(data: string): Store {
  makeDataFolder(data);
  const store = createSqliteStore({ path: join(data, "capstan.db") });
  store.start().catch(() => undefined); // The next who starts it is told.
  return store;
}

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: "it is a file",
  ENOTDIR: "a part of the path is a file",
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  EROFS: "the file system is read-only",
  ENOENT: "no folder can be made there",
  ENAMETOOLONG: "the name is too long",
  ENOSPC: "the disk is full",
  ELOOP: "links in the path lead in a circle",
};

/** Throws a `Mistake` that says why it can't be used. */
export function makeDataFolder(data: string): void {
  try {
    makeFolder(data);
    accessSync(data, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    const reason = REASONS[code] === undefined ? code : `${REASONS[code]} (${code})`;
    const message = `the data folder "${data}" can't be used: ${reason} — choose another one with --data or CAPSTAN_DATA`;
    throw new Mistake(message, { cause: error });
  }
}

/** With the folders above it. Node's own recursion never ends where a folder takes no others, such as in /proc. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const above = dirname(folder);
    if (code === "ENOENT" && folder !== "" && above !== folder) {
      makeFolder(above);
      mkdirSync(folder);
    } else if (code !== "EEXIST" || !statSync(folder).isDirectory()) throw error;
  }
}
