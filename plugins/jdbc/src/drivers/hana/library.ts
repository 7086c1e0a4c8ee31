import type { Readable } from "node:stream";

/** As much of SAP's client as is used here; it comes without types. */
export interface HanaClient {
  connect(done: (error: Error | null | undefined) => void): void;
  execute(sql: string, options: ExecuteOptions, done: ExecuteDone): void;
  prepare(sql: string, done: (error: Error | null | undefined, statement: HanaStatement) => void): void;
  commit(done: (error: Error | null | undefined) => void): void;
  rollback(done: (error: Error | null | undefined) => void): void;
  setAutoCommit(isOn: boolean): void;
  disconnect(done: (error: Error | null | undefined) => void): void;
  destroy(error?: Error): void;
  on(event: "error", listener: (error: Error) => void): void;
  once(event: "close", listener: () => void): void;
  readonly readyState: string;
}

export interface ExecuteOptions {
  readonly rowsAsArray: boolean;
  readonly fetchSize: number;
}

/**
 * How many rows were changed, or rows; of procedures the values of parameters come first, and then each answer with rows. Nothing comes for
 * statements without either.
 */
export type ExecuteDone = (error: Error | null | undefined, ...answers: readonly unknown[]) => void;

export interface HanaStatement {
  readonly parameterMetadata: readonly HanaParameter[];
  execute(values: readonly unknown[], options: ExecuteOptions, done: ExecuteDone): void;
  drop(done: (error: Error | null | undefined) => void): void;
}

export interface HanaParameter {
  readonly dataType: number;
}

export interface HanaColumn {
  readonly dataType: number;
  readonly columnDisplayName: string;
}

export interface HanaResultSet {
  readonly metadata: readonly HanaColumn[];
  readonly closed: boolean;
  /** Rows as lists. */
  createObjectStream(): Readable;
  close(done: (error: Error | null | undefined) => void): void;
}

/** Whether an answer has rows. */
export function isResultSet(answer: unknown): answer is HanaResultSet {
  return typeof answer === "object" && answer !== null && "createObjectStream" in answer;
}

/** A long value, which is read when it is wanted. */
export interface HanaLob {
  read(done: (error: Error | null | undefined, bytes: Buffer) => void): void;
}

export interface HanaLibrary {
  createClient(options: object): HanaClient;
  readonly iconv: { decode(bytes: Buffer, encoding: "cesu8"): string };
}

/** SAP's own client for Node.js. */
export async function loadHdb(): Promise<HanaLibrary> {
  // @ts-expect-error It comes without types.
  const { default: library } = (await import("hdb")) as { readonly default: HanaLibrary };
  return library;
}
