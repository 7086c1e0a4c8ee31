import type { Socket } from "node:net";
import type { SecureContextOptions } from "node:tls";
import type { DuckDBInstance } from "@duckdb/node-api";
import type { WireColumn } from "./wire-types.ts";

/** What a stand-in is to be like. */
export interface Wanted {
  /** Statements whose types are none of DuckDB's: by their SQL. */
  readonly scripted?: Readonly<Record<string, ScriptedAnswer>>;
  /** With it the server takes nobody in without encryption. */
  readonly identity?: SecureContextOptions;
  /** Whether nobody may end sessions. */
  readonly forbidsCancel?: boolean;
}

export interface ScriptedAnswer {
  readonly columns?: readonly WireColumn[];
  readonly rows?: readonly (readonly unknown[])[];
  /** What it is refused with; behind its rows, if it has some. */
  readonly error?: readonly [code: number, message: string];
}

/** All that a stand-in has. */
export interface World {
  readonly instance: DuckDBInstance;
  readonly wanted: Wanted;
  readonly users: string[];
  readonly statements: string[];
  readonly databases: string[];
  readonly sockets: Set<Socket>;
  /** Ends what a session runs, by its number. */
  readonly sessions: Map<string, () => void>;
  /** Parts of long values, by their place. */
  readonly longValues: readonly (string | Buffer)[];
  ended: number;
  openCursors: number;
}
