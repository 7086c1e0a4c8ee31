import type { Readable } from "node:stream";

/** A file or a folder of another machine, or of this one. */
export interface RemoteEntry {
  /** As flows write it: it begins with a slash, which is the home folder with `rootDir`. */
  readonly path: string;
  readonly name: string;
  /** What a link leads to counts as the link's own kind. */
  readonly kind: "FILE" | "FOLDER" | "OTHER";
  readonly isLink: boolean;
  readonly sizeBytes: number;
  /** Epoch milliseconds, in whole seconds of other machines; undefined where the server doesn't tell. */
  readonly updatedAt: number | undefined;
  /** Tells contents of the path apart where that is known better than by size and time. */
  readonly version?: string | undefined;
  readonly createdAt?: number | undefined;
  readonly accessedAt?: number | undefined;
  readonly userId?: number | undefined;
  readonly groupId?: number | undefined;
  /** The mode of Unix, without the bits for the kind. */
  readonly permissions?: number | undefined;
}

/**
 * The files of another machine, over one connection. One thing is done at a time. Paths are checked ones (`remotePath`). All throw
 * `TaskFailure` with what the server said, or the reason of the signal once that has aborted.
 */
export interface RemoteFiles {
  /** The server's address, without credentials: `sftp://files.example.com:22`. Paths of this machine have `file://`. */
  readonly address: string;
  /** What to check when nothing is at a path. */
  readonly pathAdvice: string;
  /** Undefined where there is nothing. Links are followed. */
  stat(path: string): Promise<RemoteEntry | undefined>;
  /** What lies in a folder, without `.` and `..`. */
  list(folder: string): Promise<readonly RemoteEntry[]>;
  /** Hands over the content of a file, and answers when that is used and the server says that it was all. */
  read<Result>(path: string, use: (content: Readable) => Promise<Result>): Promise<Result>;
  /** Writes a file; what is there is replaced. */
  write(path: string, content: Readable): Promise<void>;
  /** Gives a file another path. Where something is there already it is replaced; SFTP refuses it unless `overwrite`. */
  rename(from: string, to: string, overwrite: boolean): Promise<void>;
  removeFile(path: string): Promise<void>;
  /** An empty one. */
  removeFolder(path: string): Promise<void>;
  /** Whose parent is there. */
  makeFolder(path: string): Promise<void>;
  /** Whether the connection still serves; a transfer that broke off may have ended it. */
  isOpen(): boolean;
}
