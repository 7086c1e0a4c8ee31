import type { Readable } from "node:stream";
import type { JsonValue, TaskLogger } from "@capstan/sdk";

/** What a connection needs of the trigger that it is for. */
export interface Caller {
  readonly signal: AbortSignal;
  readonly log: TaskLogger;
}

/** Mails that a position does not know, the oldest first. */
export interface Arrived {
  /** Names that `read` takes. */
  readonly names: readonly string[];
  /** How far somebody is who has handled the first so many of them. */
  readonly positionAfter: (count: number) => JsonValue;
}

/** A folder of mails at a server, which is read and never changed. It is open until it is disposed of. */
export interface Mailbox extends Disposable {
  /** Without a position, all that lies there is old. */
  arrived(position: JsonValue | undefined): Promise<Arrived>;
  /** Hands over the source of a mail; undefined when it is gone. */
  read<Result>(name: string, use: (source: Readable) => Promise<Result>): Promise<Result | undefined>;
  /** Waits until something may have arrived, at most so many milliseconds. */
  wait(milliseconds: number): Promise<void>;
}
