/** A piece of what a container wrote. */
export interface LogFrame {
  readonly stream: "stdout" | "stderr";
  readonly bytes: Buffer;
  /** When the engine got it, as the engine writes it; the same for all parts of a large piece. */
  readonly time: string;
  /** Whether this is the first part of a piece. */
  readonly isFirst: boolean;
}

/** Stream, three bytes of nothing, and four of the length. */
const HEADER_BYTES = 8;
const STDERR = 2;
/** `2026-01-31T12:30:00.123456789Z` and a blank, before each piece. */
const TIME_BYTES = 31;

/**
 * The pieces of an engine's stream of logs with timestamps, in which those of both streams stand one behind the other, each with a header.
 * A piece may be larger than memory should hold: its parts are handed out as they come.
 */
export async function* logFrames(source: AsyncIterable<Buffer>): AsyncGenerator<LogFrame> {
  let rest: Buffer = Buffer.alloc(0);
  let stream: LogFrame["stream"] = "stdout";
  let time: string | undefined;
  let left = 0;
  for await (const chunk of source) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      if (left === 0) {
        if (rest.length < HEADER_BYTES) break;
        stream = rest[0] === STDERR ? "stderr" : "stdout";
        left = rest.readUInt32BE(4);
        rest = rest.subarray(HEADER_BYTES);
        time = undefined;
        continue;
      }
      const isFirst = time === undefined;
      if (isFirst) {
        const bytes = Math.min(TIME_BYTES, left);
        if (rest.length < bytes) break;
        time = rest.toString("latin1", 0, bytes).trimEnd();
        rest = rest.subarray(bytes);
        left -= bytes;
      }
      const bytes = rest.subarray(0, left);
      if (bytes.length === 0 && !isFirst) break;
      rest = rest.subarray(bytes.length);
      left -= bytes.length;
      yield { stream, bytes, time: time!, isFirst };
    }
  }
}
