import type { Socket } from "node:net";
import type { SecureContextOptions } from "node:tls";
import type { DuckDBInstance } from "@duckdb/node-api";
import type { Login } from "./login.ts";
import type { WireColumn } from "./tokens.ts";

/** What a stand-in is to be like. */
export interface Wanted {
  readonly scripted?: Scripted;
  /** With it the server can encrypt. */
  readonly identity?: SecureContextOptions;
  /** Whether it takes nobody in without. */
  readonly mustEncrypt?: boolean;
  /** The one token of Microsoft Entra that is good. */
  readonly accessToken?: string;
}

/** Statements whose types or tokens are none of DuckDB's: by their SQL. */
export type Scripted = Readonly<Record<string, ScriptedAnswer>>;

export interface ScriptedAnswer {
  /** Several, as procedures have. */
  readonly results?: readonly ScriptedResult[];
  readonly errors?: readonly (readonly [number: number, text: string])[];
  /** Notes that come before. */
  readonly notes?: readonly string[];
}

interface ScriptedResult {
  readonly columns: readonly WireColumn[];
  readonly rows: readonly (readonly unknown[])[];
}

/** All that a stand-in has. */
export interface World {
  readonly instance: DuckDBInstance;
  readonly wanted: Wanted;
  readonly logins: (Login & { readonly isEncrypted: boolean })[];
  readonly statements: string[];
  readonly sockets: Set<Socket>;
  ended: number;
  transactions: number;
  running: number;
}
