import type { FastifyReply } from "fastify";

/** Proxies cut streams that are idle; a comment keeps them open. */
const KEEP_ALIVE_MS = 15_000;

export interface EventStream {
  /** Sends `data` as JSON. Calls after the end are dropped. */
  send(id: string, data: unknown): void;
  end(): void;
  /** Runs once, when the client went away or the stream was ended. */
  onEnd(listener: () => void): void;
}

/** Opens a stream of server-sent events on a reply, which the HTTP library then leaves alone. */
export function openEventStream(reply: FastifyReply, bufferBytesMax: number): EventStream {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
    "x-content-type-options": "nosniff",
  });
  raw.write(": open\n\n");
  const listeners: (() => void)[] = [];
  let isOpen = true;
  const keepAlive = setInterval(() => write(": keep\n\n"), KEEP_ALIVE_MS).unref();

  function write(text: string): void {
    if (!isOpen) return;
    raw.write(text);
    // A reader this far behind would take the memory of all others.
    if (raw.writableLength > bufferBytesMax) raw.destroy();
  }
  function finish(): void {
    if (!isOpen) return;
    isOpen = false;
    clearInterval(keepAlive);
    for (const listener of listeners) listener();
  }
  raw.on("close", finish);
  raw.on("error", finish);
  return {
    send: (id, data) => write(`id: ${id}\nevent: ${id}\ndata: ${JSON.stringify(data)}\n\n`),
    end() {
      finish();
      raw.end();
    },
    onEnd(listener) {
      if (isOpen) listeners.push(listener);
      else listener();
    },
  };
}

/** The open streams of a server, so that it can end them when it stops. */
export interface EventStreams {
  open(reply: FastifyReply): EventStream;
  endAll(): void;
}

export function createEventStreams(bufferBytesMax: number): EventStreams {
  const streams = new Set<EventStream>();
  return {
    open(reply) {
      const stream = openEventStream(reply, bufferBytesMax);
      streams.add(stream);
      stream.onEnd(() => streams.delete(stream));
      return stream;
    },
    endAll() {
      for (const stream of streams) stream.end();
    },
  };
}
