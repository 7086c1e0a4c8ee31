import type { StoreErrorCode } from "../../errors.ts";
import type { SqlValue } from "./driver.ts";
import type { ScanName } from "./scans.ts";

/** What the calling thread and its two workers say to each other. Messages are answered in the order they were sent. */
export interface WriterOptions {
  readonly path: string;
  /** A database that is thrown away with its store: nothing is flushed to the disk. */
  readonly temporary: boolean;
}

export type ToWriter = GroupMessage | { readonly type: "stop" };

/** Units that share a transaction: statements and values in one flat list. */
export interface GroupMessage {
  readonly type: "group";
  readonly values: readonly SqlValue[];
  /** Where each unit ends in `values`. */
  readonly ends: readonly number[];
  /** The last number given to a log line, a metric or a message. */
  readonly sequence: number;
}

export type FromWriter =
  | { readonly type: "ready"; readonly sequence: number }
  | { readonly type: "refused"; readonly error: PlainError }
  | { readonly type: "committed"; readonly failures: readonly UnitFailure[] }
  | { readonly type: "stopped" };

/** The unit at this position of its group left nothing behind. */
export interface UnitFailure {
  readonly unit: number;
  readonly error: PlainError;
}

export interface ReaderOptions {
  readonly path: string;
}

/** A query by name, with its filter and page. */
export interface ToReader {
  readonly name: ScanName;
  readonly parameters: readonly unknown[];
}

export type FromReader =
  | { readonly type: "result"; readonly result: unknown }
  | { readonly type: "failed"; readonly error: PlainError };

/** An error that crosses threads and keeps its code. */
export interface PlainError {
  readonly code: StoreErrorCode;
  readonly detail: string;
  readonly stack: string | undefined;
}
