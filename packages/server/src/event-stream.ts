import type { FastifyReply } from "fastify";

/** Proxies cut streams that are idle; a comment keeps them open. */
const KEEP_ALIVE_MS = 15_000;

/**
 * A stream of server-sent events. What its reader has not taken yet is bounded: `send` cuts off a reader that is
 * further behind than the limit, `sendLatest` keeps one event for it, and `drained` lets a long list wait for it.
 */
export interface EventStream {
  /** Sends `data` as JSON; the id tells what it is. Calls after the end are dropped. */
  send(id: string, data: unknown): void;
  /** As `send`, but while the reader is behind only the newest event is kept; the ones it replaces are never seen. */
  sendLatest(id: string, data: () => unknown): void;
  /** Resolves when the reader has taken most of what was sent, or is gone. */
  drained(): Promise<void>;
  /** Ends after what was sent. */
  end(): void;
  /** Runs once, when the client went away or the stream was ended. */
  onEnd(listener: () => void): void;
  readonly isOpen: boolean;
}

/** Opens a stream of server-sent events on a reply, which the HTTP library then leaves alone. */
export function openEventStream(reply: FastifyReply, bufferBytesMax: number): EventStream {
  reply.hijack();
  const { raw } = reply;
  const written = Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined);
  raw.writeHead(200, {
    ...(Object.fromEntries(written) as Record<string, string>),
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
    "x-content-type-options": "nosniff",
  });
  raw.write(": open\n\n");
  const listeners: (() => void)[] = [];
  let isOpen = true;
  let latest: (() => void) | undefined;
  const keepAlive = setInterval(() => write(": keep\n\n"), KEEP_ALIVE_MS).unref();

  function write(text: string): void {
    if (!isOpen) return;
    raw.write(text);
    // A reader this far behind would take the memory of all others.
    if (raw.writableLength > bufferBytesMax) raw.destroy();
  }
  // Without a name, as Kestra's: what has one does not reach `onmessage` of an `EventSource`.
  function send(id: string, data: unknown): void {
    write(`id: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
  }
  function finish(): void {
    if (!isOpen) return;
    isOpen = false;
    clearInterval(keepAlive);
    for (const listener of listeners) listener();
  }
  raw.on("close", finish);
  raw.on("error", finish);
  raw.on("drain", () => {
    const waiting = latest;
    latest = undefined;
    waiting?.();
  });
  return {
    send,
    sendLatest(id, data) {
      if (raw.writableNeedDrain) latest = () => send(id, data());
      else send(id, data());
    },
    drained: () =>
      new Promise((resolve) => {
        if (!isOpen || !raw.writableNeedDrain) return resolve();
        raw.once("drain", resolve);
        raw.once("close", resolve);
      }),
    end() {
      if (latest !== undefined) {
        const waiting = latest;
        latest = undefined;
        waiting();
      }
      finish();
      raw.end();
    },
    onEnd(listener) {
      if (isOpen) listeners.push(listener);
      else listener();
    },
    get isOpen() {
      return isOpen;
    },
  };
}

/** The open streams of a server, so that it can end them when it stops. */
export interface EventStreams {
  open(reply: FastifyReply): EventStream;
  /** Ends those that are open, and from then on those that are opened. */
  endAll(): void;
}

export function createEventStreams(bufferBytesMax: number): EventStreams {
  const streams = new Set<EventStream>();
  let isEnding = false;
  return {
    open(reply) {
      const stream = openEventStream(reply, bufferBytesMax);
      streams.add(stream);
      stream.onEnd(() => streams.delete(stream));
      // A probe wants to know that there is a stream, not its events.
      if (reply.request.method === "HEAD" || isEnding) stream.end();
      return stream;
    },
    endAll() {
      isEnding = true;
      for (const stream of streams) stream.end();
    },
  };
}
