import { spawn } from "node:child_process";
import { connect } from "node:net";
import { json } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { quantile } from "./benchmark.ts";

/** Requests of one kind against a server on this machine, from a process of its own. */
export interface Load {
  readonly port: number;
  readonly path: string;
  readonly body: string;
  /** Connections that each have one request under way. */
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second in all, at even distances; without it each answer is followed by the next request at once. */
  readonly rate?: number;
}

export interface LoadResult {
  readonly requests: number;
  /** Answers with another status than 200. */
  readonly failures: number;
  readonly perSecond: number;
  /** Time from when a request was due to its answer; with a `rate`, waiting for a free connection counts. */
  readonly latencyMs: { readonly p50: number; readonly p99: number };
}

export async function generateLoad(load: Load): Promise<LoadResult> {
  const child = spawn(process.execPath, [import.meta.filename, JSON.stringify(load)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return (await json(child.stdout)) as LoadResult;
}

interface Connection {
  send(dueMs: number): void;
}

async function run(load: Load): Promise<LoadResult> {
  const latencies: number[] = [];
  let failures = 0;
  const idle: Connection[] = [];
  const overdue: number[] = [];
  const endMs = performance.now() + load.seconds * 1000;
  const startMs = performance.now();
  const ended = Array.from({ length: load.connections }, () => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const answered = (connection: Connection, latencyMs: number, isOk: boolean) => {
      latencies.push(latencyMs);
      if (!isOk) failures += 1;
      if (performance.now() >= endMs) resolve();
      else if (load.rate === undefined) connection.send(performance.now());
      else if (overdue.length > 0) connection.send(overdue.shift()!);
      else idle.push(connection);
    };
    const connection = open(load, answered, reject);
    if (load.rate === undefined) connection.send(performance.now());
    else idle.push(connection);
    return promise;
  });
  if (load.rate !== undefined) {
    await paced(load.rate, endMs, () => {
      const connection = idle.pop();
      if (connection === undefined) overdue.push(performance.now());
      else connection.send(performance.now());
    });
  } else await Promise.all(ended);
  const seconds = (performance.now() - startMs) / 1000;
  return {
    requests: latencies.length,
    failures,
    perSecond: latencies.length / seconds,
    latencyMs: { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) },
  };
}

/** A connection that speaks just enough HTTP to cost less than what it measures. */
function open(
  { port, path, body }: Load,
  answered: (connection: Connection, latencyMs: number, isOk: boolean) => void,
  failed: (error: Error) => void,
): Connection {
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
  const request = Buffer.from(`${head}\r\n\r\n${body}`);
  const socket = connect(port, "127.0.0.1").setNoDelay(true).on("error", failed);
  let received = "";
  let dueMs = 0;
  const connection: Connection = {
    send: (due) => {
      dueMs = due;
      socket.write(request);
    },
  };
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
    const headEnd = received.indexOf("\r\n\r\n");
    if (headEnd < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0);
    if (received.length < headEnd + 4 + length) return;
    const isOk = received.startsWith("HTTP/1.1 200");
    received = "";
    answered(connection, performance.now() - dueMs, isOk);
  });
  return connection;
}

/** Calls back at even distances until `endMs`, as well as a timer of a millisecond can; what came due meanwhile is made up for. */
async function paced(rate: number, endMs: number, due: () => void): Promise<void> {
  const startMs = performance.now();
  for (let count = 0, now = startMs; now < endMs; now = performance.now()) {
    for (; startMs + (count / rate) * 1000 <= now; count += 1) due();
    await wait(1);
  }
}

if (process.argv[1] === import.meta.filename) {
  process.stdout.write(JSON.stringify(await run(JSON.parse(process.argv[2]!) as Load)), () => process.exit());
}
