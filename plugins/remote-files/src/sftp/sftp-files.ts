import { Readable } from "node:stream";
import { TaskFailure } from "@capstan/sdk";
import type { SFTPWrapper, Stats } from "ssh2";
import type { RemoteEntry, RemoteFiles } from "../remote-files.ts";
import { addressOf, isName, joined, nameOf } from "../remote-path.ts";
import { contentOf, writeContent } from "./transfer.ts";

/** Codes of answers. */
const NO_SUCH_FILE = 2;
const HINTS: Readonly<Record<number, string>> = {
  [NO_SUCH_FILE]: "Nothing is there: check the path, and `rootDir`.",
  3: "The user may not do that.",
  4: "The server says no more: is the disk full, is a folder not empty, or is something there already?",
};
/** Bits of a mode. */
const KIND = 0o170000;
const FOLDER = 0o040000;
const FILE = 0o100000;
const LINK = 0o120000;

export interface SftpPlace {
  readonly address: string;
  /** The folder of the server that paths begin at. */
  readonly root: string;
  readonly signal: AbortSignal;
  readonly isOpen: () => boolean;
}

/** Files by the protocol of SSH. */
export function sftpFiles(sftp: SFTPWrapper, { address, root, signal, isOpen }: SftpPlace): RemoteFiles {
  const absolute = (path: string) => (root === "/" ? path : path === "/" ? root : root + path);
  const call = callsAt(address, signal);
  const told = (doing: string, path: string, error: unknown) => failure(`${doing} ${addressOf(address, path)}`, error);
  const lookAt = (path: string, how: "stat" | "lstat") =>
    call<Stats>("Looking at", path, (done) => sftp[how](absolute(path), done));
  const removeFile = (path: string) => call("Deleting", path, (done) => sftp.unlink(absolute(path), done));
  const files: RemoteFiles = {
    address,
    pathAdvice: "check the path, and `rootDir`.",
    isOpen,
    async stat(path) {
      try {
        return await followed(path, await lookAt(path, "lstat"));
      } catch (error) {
        if (codeOf(error) === NO_SUCH_FILE) return undefined;
        throw error;
      }
    },
    async list(folder) {
      const found = await call<readonly { filename: string; attrs: Stats }[]>("Listing", folder, (done) =>
        sftp.readdir(absolute(folder), done),
      );
      const named = found.filter(({ filename }) => isName(filename));
      const entries: RemoteEntry[] = [];
      for (const { filename, attrs } of named) entries.push(await followed(joined(folder, filename), attrs));
      return entries;
    },
    ...transfersOf(sftp, { absolute, signal, told, call }),
    async rename(from, to, overwrite) {
      const doing = `Moving ${addressOf(address, from)} to`;
      const [source, target] = [absolute(from), absolute(to)];
      if (!overwrite) return call(doing, to, (done) => sftp.rename(source, target, done));
      try {
        return await call(doing, to, (done) => sftp.ext_openssh_rename(source, target, done));
      } catch (error) {
        if (!isUnsupported(error)) throw error;
        if ((await files.stat(to)) !== undefined) await removeFile(to);
        return call(doing, to, (done) => sftp.rename(source, target, done));
      }
    },
    removeFile,
    removeFolder: (path) => call("Deleting", path, (done) => sftp.rmdir(absolute(path), done)),
    makeFolder: (path) => call("Making the folder", path, (done) => sftp.mkdir(absolute(path), done)),
  };
  /** A link has the facts of what it leads to; one that leads nowhere has its own. */
  async function followed(path: string, attrs: Stats): Promise<RemoteEntry> {
    if ((attrs.mode & KIND) !== LINK) return entryOf(path, attrs);
    try {
      return { ...entryOf(path, await lookAt(path, "stat")), isLink: true };
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
      return { ...entryOf(path, attrs), isLink: true };
    }
  }
  return files;
}

/** Asks the server, and tells what it answers when it doesn't do it. */
function callsAt(address: string, signal: AbortSignal) {
  return async <Value = void>(doing: string, path: string, begin: (done: Done<Value>) => void): Promise<Value> => {
    try {
      return await new Promise<Value>((resolve, reject) =>
        begin((error, value) => (error ? reject(error) : resolve(value as Value))),
      );
    } catch (error) {
      signal.throwIfAborted();
      throw failure(`${doing} ${addressOf(address, path)}`, error);
    }
  };
}

interface Transferring {
  readonly call: ReturnType<typeof callsAt>;
  readonly absolute: (path: string) => string;
  readonly signal: AbortSignal;
  readonly told: (doing: string, path: string, error: unknown) => unknown;
}

function transfersOf(sftp: SFTPWrapper, { absolute, signal, told, call }: Transferring) {
  const withHandle = async <Result>(
    doing: string,
    place: { readonly path: string; readonly mode: "r" | "w" },
    use: (handle: Buffer) => Promise<Result>,
  ): Promise<Result> => {
    const { path, mode } = place;
    const handle = await call<Buffer>(doing, path, (done) => sftp.open(absolute(path), mode, done));
    let result: Result;
    try {
      result = await untilAborted(signal, use(handle));
    } catch (error) {
      signal.throwIfAborted();
      // What went wrong is known by now, whatever the server says to this.
      sftp.close(handle, () => undefined);
      throw told(doing, path, error);
    }
    await call(doing, path, (done) => sftp.close(handle, done));
    return result;
  };
  return {
    read: <Result>(path: string, use: (content: Readable) => Promise<Result>) =>
      withHandle("Reading", { path, mode: "r" }, async (handle) => {
        const content = Readable.from(contentOf(sftp, handle), { objectMode: false });
        content.on("error", () => undefined); // Whoever reads it is told; before that, nobody listens.
        return use(content).finally(() => content.destroy());
      }),
    write: (path: string, content: Readable) =>
      withHandle("Writing", { path, mode: "w" }, (handle) => writeContent(sftp, handle, content)),
  } satisfies Pick<RemoteFiles, "read" | "write">;
}

/** A stream that is destroyed may still wait for what it is made of; a kill does not. */
async function untilAborted<Value>(signal: AbortSignal, work: Promise<Value>): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason as Error);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

type Done<Value> = (error: Error | undefined | null, value?: Value) => void;

function entryOf(path: string, { mode, size, uid, gid, atime, mtime }: Stats): RemoteEntry {
  const kind = mode & KIND;
  return {
    path,
    name: nameOf(path),
    kind: kind === FOLDER ? "FOLDER" : kind === FILE ? "FILE" : "OTHER",
    isLink: false,
    sizeBytes: size,
    updatedAt: mtime * 1_000,
    accessedAt: atime * 1_000,
    userId: uid,
    groupId: gid,
    permissions: mode & ~KIND,
  };
}

function failure(doing: string, error: unknown): unknown {
  if (error instanceof TaskFailure || !(error instanceof Error)) return error;
  const { code } = error as { code?: unknown };
  const hint = typeof code === "number" ? (HINTS[code] ?? "") : "";
  return new TaskFailure(`${doing} failed: ${error.message.replace(/[.!]?$/u, ".")} ${hint}`.trim(), { cause: error });
}

/** Of the answer that a failure is made of. */
function codeOf(error: unknown): number | undefined {
  const { code } = ((error as Error).cause ?? {}) as { code?: unknown };
  return typeof code === "number" ? code : undefined;
}

/** Only OpenSSH and its kin replace a file in one step. */
function isUnsupported(error: unknown): boolean {
  return codeOf(error) === 8 || /does not support this extended request/u.test((error as Error).message);
}
