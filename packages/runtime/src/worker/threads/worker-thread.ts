import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { extname } from "node:path";
import { type Transferable, Worker } from "node:worker_threads";
import { endCommandsCutShort } from "../../runners/process/command-register.ts";
import { HELPER_GRACE_MS } from "../../runners/process/helper-protocol.ts";
import { withoutSecrets } from "../../functions/secrets.ts";
import type { FromThread, ThreadSettings, ToThread } from "./messages.ts";

/** One thread, seen from the server's. */
export interface WorkerThread {
  post(message: ToThread, transfer?: readonly Transferable[]): void;
  /** Like `post`, but what is posted so in one go leaves together: waking a thread costs more than a message. */
  postSoon(message: ToThread): void;
  /** Whether its event loop turned since the last call. */
  hasBeaten(): boolean;
  /** Share of the time since the last call in which its event loop was at work, 0 to 1. */
  load(): number;
  /** Ends it at once; processes that it started are terminated, its folder is removed. Resolves when it is gone. */
  terminate(): Promise<void>;
}

export interface ThreadEvents {
  message(message: FromThread): void;
  /** It ended by itself; nothing more comes from it. */
  crashed(reason: string): void;
}

export interface ThreadOptions extends Omit<ThreadSettings, "heartbeat"> {
  /** Size of its heap above which it is ended, in megabytes. */
  readonly heapMb: number;
}

export function startThread(options: ThreadOptions, events: ThreadEvents): WorkerThread {
  const { heapMb, ...settings } = options;
  const heartbeat = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const beats = new Int32Array(heartbeat);
  mkdirSync(settings.directory, { recursive: true });
  const program = new URL(`./thread${extname(import.meta.url)}`, import.meta.url);
  const thread = new Worker(program, {
    name: "capstan-worker",
    // Secrets are resolved by the host, for the attempt that asks.
    env: withoutSecrets(process.env),
    workerData: { ...settings, heartbeat } satisfies ThreadSettings,
    // The reading ends of named pipes are closed by their sockets, which this tracking does not see.
    trackUnmanagedFds: false,
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  });
  let isEnding = false;
  let lastBeat = 0;
  let reason: string | undefined;
  let waiting: ToThread[] = [];
  let lastUse = thread.performance.eventLoopUtilization();
  const post = (messages: readonly ToThread[], transfer: Transferable[] = []) => {
    if (!isEnding && messages.length > 0) thread.postMessage(messages, transfer);
  };
  const flush = () => {
    const messages = waiting;
    waiting = [];
    post(messages);
  };
  // Batches: a thread sends once per turn of its event loop.
  thread.on("message", (messages: readonly FromThread[]) => {
    if (isEnding) return;
    for (const message of messages) events.message(message);
  });
  thread.on("error", (error: unknown) => {
    reason = error instanceof Error ? error.message : String(error);
  });
  thread.on("exit", (code) => {
    if (isEnding) return;
    isEnding = true;
    void clear(settings.directory);
    events.crashed(reason ?? `it ended with code ${code}`);
  });
  return {
    post: (message, transfer = []) => {
      flush();
      post([message], [...transfer]);
    },
    postSoon: (message) => {
      waiting.push(message);
      if (waiting.length === 1) queueMicrotask(flush);
    },
    hasBeaten: () => {
      const beat = Atomics.load(beats, 0);
      const hasBeaten = beat !== lastBeat;
      lastBeat = beat;
      return hasBeaten;
    },
    load: () => {
      const use = thread.performance.eventLoopUtilization();
      const { utilization } = thread.performance.eventLoopUtilization(use, lastUse);
      lastUse = use;
      return utilization;
    },
    terminate: async () => {
      isEnding = true;
      await thread.terminate();
      await clear(settings.directory);
    },
  };
}

/** Ends what commands of a thread that is gone have left, and removes its folder. */
async function clear(directory: string): Promise<void> {
  await endCommandsCutShort([directory], HELPER_GRACE_MS);
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
}
