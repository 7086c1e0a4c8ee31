import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { StoreError } from "../../errors.ts";
import type { FromReader, ReaderOptions, ToReader } from "./protocol.ts";
import type { ScanName, ScanParameters, Scans } from "./scans.ts";
import { fromPlainError } from "./sqlite-errors.ts";

/** The calling thread's side of the reader. */
export interface ReaderClient {
  scan<Name extends ScanName>(name: Name, ...parameters: ScanParameters<Name>): Promise<ReturnType<Scans[Name]>>;
  /** Ends the thread; what is being asked rejects with `store-closed`. */
  stop(): Promise<void>;
}

/** The thread starts with the first scan, and again after a death. */
export function createReaderClient(options: ReaderOptions): ReaderClient {
  let worker: Worker | undefined;
  const asked: PromiseWithResolvers<unknown>[] = [];

  const end = (error: StoreError): void => {
    worker = undefined;
    for (const question of asked.splice(0)) question.reject(error);
  };
  const start = (): Worker => {
    const started = new Worker(new URL(`./reader${extname(import.meta.url)}`, import.meta.url), {
      workerData: options,
      name: "store reader",
    });
    started.on("message", (message: FromReader) => {
      const question = asked.shift()!;
      if (message.type === "result") question.resolve(message.result);
      else question.reject(fromPlainError(message.error));
    });
    started.on("error", (cause) => end(new StoreError("store-failed", "the thread that reads has ended", { cause })));
    return started;
  };

  return {
    scan: <Name extends ScanName>(name: Name, ...parameters: ScanParameters<Name>) => {
      worker ??= start();
      const question = Promise.withResolvers<unknown>();
      asked.push(question);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      worker.postMessage({ name, parameters } satisfies ToReader);
      return question.promise as Promise<ReturnType<Scans[Name]>>;
    },
    stop: async () => {
      const running = worker;
      end(new StoreError("store-closed", "it was stopped before the answer came"));
      await running?.terminate();
    },
  };
}
