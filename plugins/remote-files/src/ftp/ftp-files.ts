import { once } from "node:events";
import { PassThrough, Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { TLSSocket } from "node:tls";
import { TaskFailure } from "@capstan/sdk";
import type { Client, FileInfo } from "basic-ftp";
import type { RemoteEntry, RemoteFiles } from "../remote-files.ts";
import { addressOf, isName, joined, nameOf, parentOf } from "../remote-path.ts";

/** What a server answers when something is not there, may not be done, or is of another kind. */
const NOT_DONE = 550;

export interface FtpPlace {
  readonly address: string;
  /** The folder of the server that paths begin at. */
  readonly root: string;
  readonly signal: AbortSignal;
}

/** Files by FTP. */
export function ftpFiles(client: Client, { address, root, signal }: FtpPlace): RemoteFiles {
  const absolute = (path: string) => (root === "/" ? path : path === "/" ? root : root + path);
  const call = async <Value>(doing: string, path: string, request: () => Promise<Value>): Promise<Value> => {
    try {
      return await request();
    } catch (error) {
      signal.throwIfAborted();
      throw failure(`${doing} ${addressOf(address, path)}`, error);
    }
  };
  /** After a transfer that did not end with an answer, the next answer could be that of the transfer. */
  const transfer = async <Value>(doing: string, path: string, request: () => Promise<Value>): Promise<Value> => {
    try {
      return await call(doing, path, request);
    } catch (error) {
      if (answerOf(error) === undefined) client.close();
      throw error;
    }
  };
  const enter = (folder: string) => client.cd(absolute(folder));
  const updatedAt = async (path: string) => {
    const date = await optional(client.lastMod(absolute(path)));
    return date === undefined ? undefined : wholeSeconds(date);
  };
  const lookAt = async (path: string): Promise<RemoteEntry | undefined> => {
    const sizeBytes = await optional(client.size(absolute(path)));
    if (sizeBytes !== undefined) return plainEntry(path, "FILE", sizeBytes, await updatedAt(path));
    if ((await optional(enter(path))) !== undefined) return plainEntry(path, "FOLDER", 0, undefined);
    return undefined;
  };
  /** A list for people tells no seconds and no year, and no list tells what a link leads to. */
  const completed = async (entry: RemoteEntry): Promise<RemoteEntry> => {
    if (entry.isLink) return { ...entry, ...(await lookAt(entry.path)), isLink: true };
    const isVague = entry.updatedAt === undefined && entry.kind === "FILE";
    return isVague ? { ...entry, updatedAt: await updatedAt(entry.path) } : entry;
  };
  return {
    address,
    pathAdvice: "check the path, and `rootDir`.",
    isOpen: () => !client.closed,
    stat: (path) => call("Looking at", path, () => lookAt(path)),
    // Some servers take a path for a pattern, and none of them says that a folder is missing; entering it tells.
    list: (folder) =>
      call("Listing", folder, async () => {
        await enter(folder);
        const entries: RemoteEntry[] = [];
        for (const info of await client.list()) {
          if (!isName(info.name)) continue;
          entries.push(await completed(entryOf(joined(folder, info.name), info)));
        }
        return entries;
      }),
    read: (path, use) => transfer("Reading", path, () => readFrom(client, absolute(path), use)),
    write: (path, content) => transfer("Writing", path, () => writeTo(client, content, absolute(path))),
    rename: (from, to) =>
      call(`Moving ${addressOf(address, from)} to`, to, async () => {
        await client.rename(absolute(from), absolute(to));
      }),
    removeFile: (path) =>
      call("Deleting", path, async () => {
        await client.remove(absolute(path));
      }),
    // A server does not delete the folder that the user is in.
    removeFolder: (path) =>
      call("Deleting", path, async () => {
        await enter(parentOf(path));
        await client.send(`RMD ${absolute(path)}`);
      }),
    makeFolder: (path) =>
      call("Making the folder", path, async () => {
        await client.send(`MKD ${absolute(path)}`);
      }),
  };
}

async function readFrom<Result>(
  client: Client,
  path: string,
  use: (content: Readable) => Promise<Result>,
): Promise<Result> {
  const content = new PassThrough();
  content.on("error", () => undefined); // Whoever reads it is told; before that, nobody listens.
  const received = client.downloadTo(content, path).catch((error: unknown) => {
    content.destroy(error as Error);
    throw error;
  });
  const [arrived, used] = await Promise.allSettled([received, use(content).finally(() => content.destroy())]);
  // What the server says tells more than what became of it.
  if (arrived.status === "rejected" && answerOf(arrived.reason) !== undefined) throw arrived.reason;
  if (used.status === "rejected") throw used.reason;
  if (arrived.status === "rejected") throw arrived.reason;
  return used.value;
}

async function writeTo(client: Client, content: Readable, path: string): Promise<void> {
  content.on("error", () => undefined); // The transfer is told; before it begins, nobody listens.
  try {
    await client.uploadFrom(Readable.from(afterHandshake(client, content), { objectMode: false }), path);
  } finally {
    content.destroy();
  }
}

/**
 * An empty file would end the connection for its content within the very turn that TLS begins on it. Node then ends it without a
 * word of TLS, which servers take for a failure.
 */
async function* afterHandshake(client: Client, content: Readable): AsyncGenerator<Buffer> {
  const { dataSocket } = client.ftp;
  if (dataSocket instanceof TLSSocket) {
    if (dataSocket.getPeerFinished() === undefined) await once(dataSocket, "secureConnect");
    await setImmediate();
  }
  yield* content as AsyncIterable<Buffer>;
}

/** Undefined when the server says that it has no such thing, or does not know the question. */
async function optional<Value>(request: Promise<Value>): Promise<Value | undefined> {
  try {
    return await request;
  } catch (error) {
    const code = answerOf(error);
    if (code === NOT_DONE || code === 500 || code === 502 || code === 504) return undefined;
    throw error;
  }
}

/** `type` of the library's entries. */
const KINDS = ["OTHER", "FILE", "FOLDER", "OTHER"] as const;

function entryOf(path: string, info: FileInfo): RemoteEntry {
  const { user = "", group = "", permissions, modifiedAt, size, type, isSymbolicLink } = info;
  const id = (written: string) => (/^\d+$/u.test(written) ? { id: Number(written) } : undefined);
  return {
    ...plainEntry(path, KINDS[type], size, modifiedAt === undefined ? undefined : wholeSeconds(modifiedAt)),
    isLink: isSymbolicLink,
    userId: id(user)?.id,
    groupId: id(group)?.id,
    permissions: permissions && permissions.user * 64 + permissions.group * 8 + permissions.world,
  };
}

function plainEntry(path: string, kind: RemoteEntry["kind"], sizeBytes: number, updatedAt: number | undefined) {
  return { path, name: nameOf(path), kind, isLink: false, sizeBytes, updatedAt };
}

function wholeSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1_000) * 1_000;
}

function failure(doing: string, error: unknown): unknown {
  if (error instanceof TaskFailure || !(error instanceof Error)) return error;
  const said = error.message.split("\n", 1)[0]!.replace(/[.!]?\s*$/u, ".");
  const hint = answerOf(error) === NOT_DONE ? " Check the path, `rootDir`, and what the user may do." : "";
  return new TaskFailure(`${doing} failed: ${said}${hint}`, { cause: error });
}

/** The number of the answer that an error, or a failure made of it, is about. */
function answerOf(error: unknown): number | undefined {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (typeof code === "number") return code;
  return cause instanceof Error ? answerOf(cause) : undefined;
}
