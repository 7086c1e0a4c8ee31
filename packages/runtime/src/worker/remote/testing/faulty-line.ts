import type { WorkerLines } from "../../../services.ts";
import { type Hello, POST_BYTES_MAX } from "../messages.ts";
import type { OpenLine, Transport } from "../uplink.ts";

/** What may happen to each piece that is on the way. */
export interface Faults {
  /** Whether the line is cut now. */
  cuts(): boolean;
  /** How long the piece takes, in milliseconds. */
  delayMs(): number;
  /** Whether a post arrives a second time, later. */
  repeats(): boolean;
  /** How long the introduction on a line that did not come about is held up by who passes it on, in milliseconds; undefined: it is lost. */
  lingersMs(): number | undefined;
}

export const NO_FAULTS: Faults = {
  cuts: () => false,
  delayMs: () => 0,
  repeats: () => false,
  lingersMs: () => undefined,
};

/** A line within one process, on which everything may go wrong that a network does; `isDown`: nobody gets through. */
export interface FaultyLine extends Transport {
  isDown: boolean;
  /** Cuts the line that is open. */
  cut(): void;
}

export function createFaultyLine(lines: () => WorkerLines, faults: Faults = NO_FAULTS, token = "test"): FaultyLine {
  let cut = () => {};
  const way = async (signal: AbortSignal) => {
    const delayMs = faults.delayMs();
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    else await new Promise((resolve) => setImmediate(resolve));
    if (signal.aborted || line.isDown || faults.cuts()) throw new Error("the line is cut");
  };
  /** Nobody is at the other end by now, which shows soon; another server may be there. */
  const arriveLate = (hello: Hello) => {
    const sink = { write: () => undefined, end: () => undefined };
    lines().connect({ ...hello, token }, sink);
    setTimeout(() => lines().disconnected(hello.id, sink), faults.delayMs());
  };
  const line: FaultyLine = {
    isDown: false,
    cut: () => cut(),
    open: async (hello, text, signal): Promise<OpenLine> => {
      try {
        await way(signal);
      } catch (error) {
        const lingersMs = faults.lingersMs();
        if (lingersMs !== undefined) setTimeout(() => arriveLate(hello), lingersMs);
        throw error;
      }
      const closed = Promise.withResolvers<void>();
      const own = new AbortController();
      const both = AbortSignal.any([signal, own.signal]);
      // Pieces arrive in their order; after a cut none does.
      const arrive = async (former: Promise<void>, piece: string) => {
        await former;
        if (both.aborted) return;
        await way(both);
        text(piece);
      };
      let arrived: Promise<void> = Promise.resolve();
      const sink = {
        write: (piece: string) => {
          arrived = arrive(arrived, piece);
          arrived.catch(() => own.abort());
        },
        end: () => own.abort(),
      };
      const welcome = lines().connect({ ...hello, token }, sink)!;
      cut = () => own.abort();
      both.addEventListener("abort", () => {
        lines().disconnected(hello.id, sink);
        closed.resolve();
      });
      return { welcome: JSON.parse(JSON.stringify(welcome)) as typeof welcome, closed: closed.promise };
    },
    post: async (session, text, signal) => {
      if (Buffer.byteLength(text) > POST_BYTES_MAX) throw new Error("too much at once");
      await way(signal);
      const received = lines().receive(session, token, text);
      if (faults.repeats()) setTimeout(() => lines().receive(session, token, text), faults.delayMs());
      await way(signal);
      return received;
    },
  };
  return line;
}
