import type { JsonMap } from "@capstan/sdk";

/** A real server of files. */
export interface RemoteServer extends AsyncDisposable {
  /** The folder of this machine that the user is put into. */
  readonly folder: string;
  /** The same as the server sees it. */
  readonly root: string;
  /** Of the types that speak to it, behind `io.kestra.plugin.fs.`. */
  readonly prefix: "sftp" | "ftp" | "ftps";
  readonly address: string;
  /** What a task needs for it. */
  readonly connection: JsonMap;
  /** What no message may tell. */
  readonly secrets: readonly string[];
}
