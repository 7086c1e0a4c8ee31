import { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import type { Transferable } from "node:worker_threads";

/** Values that cross a thread: streams are handed over as web streams, everything else is copied. */
export function packed(values: readonly unknown[]): {
  readonly values: readonly unknown[];
  readonly transfer: Transferable[];
} {
  const transfer: Transferable[] = [];
  const sent = values.map((value) => {
    if (!(value instanceof Readable)) return value;
    const stream = Readable.toWeb(value);
    transfer.push(stream);
    return stream;
  });
  return { values: sent, transfer };
}

export function unpacked(value: unknown): unknown {
  return value instanceof ReadableStream ? Readable.fromWeb(value) : value;
}
