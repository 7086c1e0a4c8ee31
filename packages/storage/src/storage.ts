import type { Readable } from "node:stream";

/**
 * Internal storage: files of executions and namespaces under `kestra:///…` URIs. Every implementation passes
 * `conformance/`. A path is absolute, with `/` between segments, without `.` and `..`; tenants never see each other. Sorted means by
 * code points. Whether a folder that was made for a file stays when the last file goes is the storage's own affair.
 */
export interface Storage {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Writes the whole file atomically: readers see the old content or the new one. Answers its URI. */
  put(tenant: string, path: string, content: Readable | Uint8Array | string): Promise<string>;
  /** Throws `file-not-found`. `range` in bytes, `end` inclusive. */
  read(tenant: string, uriOrPath: string, range?: { readonly start: number; readonly end?: number }): Promise<Readable>;
  stat(tenant: string, uriOrPath: string): Promise<FileStat | undefined>;
  /** Direct children of a folder, sorted by name; none when it is missing. */
  list(tenant: string, folder: string): Promise<readonly FileStat[]>;
  /** Every file below a folder, sorted by path. */
  walk(tenant: string, folder: string): AsyncIterable<FileStat>;
  createFolder(tenant: string, path: string): Promise<void>;
  /** Deletes a folder if nothing is in it, at one stroke; answers whether it did. */
  removeEmptyFolder(tenant: string, path: string): Promise<boolean>;
  /** Moves a file or a folder; throws `file-not-found`, `file-exists`. When it fails, all is where it was. */
  move(tenant: string, from: string, to: string): Promise<void>;
  /** Deletes a file, or a folder with all in it; answers whether something was there. */
  delete(tenant: string, uriOrPath: string): Promise<boolean>;
  /**
   * An address from which anybody may download the file for some minutes, answered with `disposition` as its Content-Disposition.
   * Only storages whose files shall be downloaded past the server have it. Nobody looks whether the file is there.
   */
  downloadUrl?(tenant: string, uriOrPath: string, disposition: string): Promise<string>;
}

export interface FileStat {
  readonly path: string;
  readonly name: string;
  readonly type: "file" | "folder";
  readonly sizeBytes: number;
  /** Epoch milliseconds. */
  readonly modifiedAt: number;
  readonly createdAt: number;
}
