import type { ExecutionFiles, LocalFiles, TaskLogger } from "@capstan/sdk";
import type { z } from "zod";
import type { RemoteFiles } from "./remote-files.ts";

/** What a connection needs of the task or trigger that it is for. */
export interface Caller {
  readonly signal: AbortSignal;
  readonly log: TaskLogger;
  readonly files: Pick<ExecutionFiles, "text">;
  readonly localFiles: LocalFiles;
}

/** A connection that is open until it is disposed of. */
export interface Session extends Disposable {
  readonly files: RemoteFiles;
}

/** A way to the files of another machine. */
export interface Protocol {
  /** How the names of its types begin. */
  readonly prefix: string;
  /** For titles. */
  readonly name: string;
  /** Lines of YAML that connect, for examples. */
  readonly exampleLines: string;
  /** Which server, and as whom: of all its types. */
  readonly connection: () => Record<string, z.ZodType>;
  /** Connects. Aborting the signal closes the connection. Throws `TaskFailure` that says what is wrong with the connection. */
  open(properties: Readonly<Record<string, unknown>>, caller: Caller): Promise<Session>;
}

/** A protocol, whose `open` gets the properties of its own connection. */
export function defineProtocol<Shape extends Record<string, z.ZodType>>(
  protocol: Omit<Protocol, "connection" | "open"> & {
    readonly connection: () => Shape;
    readonly open: (properties: z.output<z.ZodObject<Shape>>, caller: Caller) => Promise<Session>;
  },
): Protocol {
  return { ...protocol, open: (properties, caller) => protocol.open(properties as never, caller) };
}
