import { connect as connectPlain, isIP, type Socket } from "node:net";
import { Readable } from "node:stream";
import { connect as connectTls } from "node:tls";

/** Of a server that says nothing. */
const SILENT_MS_MAX = 60_000;
/** Bytes of a line without an end, after which it is no server of mails. */
export const LINE_BYTES_MAX = 1024 * 1024;

/** One command after the other, over one connection. */
export interface Pop3Connection extends Disposable {
  /** Sends a command, if there is one, and answers what is said behind `+OK`. Throws what is said behind `-ERR`. */
  ask(command?: string): Promise<string>;
  /** Lines that follow an answer, without the dots that are there for their transport; each with its end. */
  lines(): AsyncGenerator<Buffer>;
}

export interface Pop3Server {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly isChecked: boolean;
}

/** A server that says no to a command. */
export class Pop3Refusal extends Error {}

/** Connects; aborting the signal closes the connection. */
export async function connectPop3(server: Pop3Server, signal: AbortSignal): Promise<Pop3Connection> {
  signal.throwIfAborted();
  const { host, port, isTls, isChecked } = server;
  const tls = { rejectUnauthorized: isChecked, ...(isIP(host) === 0 && { servername: host }) };
  const socket: Socket = isTls ? connectTls({ host, port, ...tls }) : connectPlain({ host, port });
  const stop = () => socket.destroy(signal.reason as Error);
  signal.addEventListener("abort", stop, { once: true });
  socket.setTimeout(SILENT_MS_MAX, () => socket.destroy(new Error(`the server says nothing for ${SILENT_MS_MAX} ms`)));
  socket.on("error", () => undefined); // Whoever reads is told.
  const received = linesOf(socket);
  const next = async () => {
    const { value, done } = await received.next();
    if (done === true) throw new Error("the server closed the connection");
    return value;
  };
  const connection: Pop3Connection = {
    async ask(command) {
      if (command !== undefined) socket.write(`${command}\r\n`);
      const line = (await next()).toString("utf8").trimEnd();
      if (line.startsWith("+OK")) return line.slice("+OK".length).trim();
      throw new Pop3Refusal(line.replace(/^-ERR\s*/u, "") || "the server says no");
    },
    async *lines() {
      for (let line = await next(); !isEnd(line); line = await next()) yield line[0] === DOT ? line.subarray(1) : line;
    },
    [Symbol.dispose]() {
      signal.removeEventListener("abort", stop);
      socket.destroy();
    },
  };
  try {
    await connection.ask();
    return connection;
  } catch (error) {
    connection[Symbol.dispose]();
    throw error;
  }
}

/** The lines that follow an answer, as one stream. */
export function streamOf(connection: Pop3Connection): Readable {
  return Readable.from(connection.lines(), { objectMode: false });
}

const DOT = 0x2e;
const LINE_END = 0x0a;

function isEnd(line: Buffer): boolean {
  return line[0] === DOT && line.subarray(1).toString("latin1").trim() === "";
}

async function* linesOf(socket: Socket): AsyncGenerator<Buffer, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = bytes.indexOf(LINE_END); end !== -1; end = bytes.indexOf(LINE_END)) {
      yield bytes.subarray(0, end + 1);
      bytes = bytes.subarray(end + 1);
    }
    rest = bytes;
    if (rest.length > LINE_BYTES_MAX) throw new Error(`the server sent a line of more than ${LINE_BYTES_MAX} bytes`);
  }
}
