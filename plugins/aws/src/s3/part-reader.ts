import type { Readable } from "node:stream";
import type { ByteBudget } from "./byte-budget.ts";

/** A part of a stream in memory. */
export interface HeldPart {
  /** Empty once it is released, and at the end of the stream. */
  readonly bytes: Buffer;
  /** Gives the memory back; may be called again. */
  release(): void;
}

export interface PartReader {
  /** Whether the whole stream is smaller than a part. To be called first. */
  isWhole(): Promise<boolean>;
  /** The next part, to be released by the caller; the last one is smaller, and may be empty. Not to be called while another call waits. */
  next(): Promise<HeldPart>;
  /** Ends the stream, and releases what was read and not taken. */
  close(): Promise<void>;
}

export interface PartReaderOptions {
  /** What the stream is said to have; it may have more. */
  readonly sizeBytes: number;
  readonly partBytes: number;
  readonly budget: ByteBudget;
}

/** Gathers a stream into parts of one size, as some servers demand. Each part waits for the memory that it takes. */
export function createPartReader(stream: Readable, { sizeBytes, partBytes, budget }: PartReaderOptions): PartReader {
  const gather = gatherer(stream, partBytes);
  let left = sizeBytes;
  let ahead: Promise<HeldPart> | undefined;
  const read = async (): Promise<HeldPart> => {
    const expected = Math.max(0, Math.min(partBytes, left));
    const giveBack = await budget.take(expected);
    try {
      const bytes = await gather(expected);
      left -= bytes.length;
      return bytes.length === 0 ? released(giveBack) : held(bytes, giveBack);
    } catch (error) {
      giveBack();
      throw error;
    }
  };
  return {
    isWhole: async () => {
      ahead = read();
      return (await ahead).bytes.length < partBytes;
    },
    next: async () => {
      const part = (ahead ??= read());
      const taken = await part;
      ahead = undefined;
      return taken;
    },
    close: async () => {
      stream.destroy();
      const part = await ahead?.catch(() => undefined);
      part?.release();
    },
  };
}

const NOTHING = Buffer.alloc(0);

function held(bytes: Buffer, giveBack: () => void): HeldPart {
  // Whoever still names the part holds no memory by that.
  const part = {
    bytes,
    release: () => {
      if (part.bytes === NOTHING) return;
      part.bytes = NOTHING;
      giveBack();
    },
  };
  return part;
}

function released(giveBack: () => void): HeldPart {
  giveBack();
  return { bytes: NOTHING, release: () => undefined };
}

/** Answers the next bytes of a stream, so many as a part has, or what is left. */
function gatherer(stream: Readable, partBytes: number): (expected: number) => Promise<Buffer> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array | string>;
  let rest: Buffer = NOTHING;
  const nextChunk = async (): Promise<Buffer | undefined> => {
    if (rest.length > 0) return rest;
    const { done, value } = await chunks.next();
    return done === true ? undefined : asBuffer(value);
  };
  return async (expected) => {
    let part = Buffer.allocUnsafeSlow(expected);
    let length = 0;
    while (length < partBytes) {
      const chunk = await nextChunk();
      if (chunk === undefined) break;
      const taken = Math.min(chunk.length, partBytes - length);
      // The stream has more than it was said to have.
      if (length + taken > part.length) part = Buffer.concat([part.subarray(0, length)], partBytes);
      chunk.copy(part, length, 0, taken);
      length += taken;
      rest = chunk.subarray(taken);
    }
    return part.subarray(0, length);
  };
}

/** The same bytes. */
function asBuffer(chunk: Uint8Array | string): Buffer {
  return typeof chunk === "string" ? Buffer.from(chunk) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
