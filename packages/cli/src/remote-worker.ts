import { hostname } from "node:os";
import { createHttpTransport, createThreadWorker, RemoteWorker, type UplinkNews } from "@capstan/runtime";
import { createHttpStorage, type HttpStorageOptions } from "@capstan/storage/http";
import type { Logger } from "pino";
import { PLUGIN_MODULES } from "./catalogue.ts";
import type { Configuration } from "./configuration.ts";
import { localFoldersOf } from "./local-files-settings.ts";
import { processEnvironment } from "./process-environment.ts";
import { runnerPolicyOf } from "./runner-policy.ts";
import type { ThirdParty } from "./third-party/third-party.ts";
import type { Self } from "./leadership.ts";

export interface RemoteWorkerPlace {
  /** Address of the server that it works for, or of what stands before that. */
  readonly server: string;
  readonly token: string;
  readonly self: Pick<Self, "id" | "name" | "version">;
  readonly groups: readonly string[];
  /** Jobs that it runs at the same time. */
  readonly concurrency: number;
  readonly logger: Logger;
  readonly thirdParty: ThirdParty;
}

export interface RemoteWorkerAssembly {
  readonly worker: RemoteWorker;
  /** Ends what reads and writes files for it; to be called once it is stopped. */
  readonly stopFiles: () => Promise<void>;
}

/** As many threads as a server has. */
const THREADS = 2;

/** Wires what runs jobs that another process gives out, with plugins and task runners as a server has them. */
export async function assembleRemoteWorker(
  configuration: Configuration,
  { server, token, self, groups, concurrency, logger, thirdParty }: RemoteWorkerPlace,
): Promise<RemoteWorkerAssembly> {
  const { id, name, version } = self;
  const place: HttpStorageOptions = { server, token, workerId: id };
  const files = createHttpStorage(place);
  await files.start();
  const threads = Math.min(concurrency, THREADS);
  const worker = new RemoteWorker({
    transport: createHttpTransport({ server, token }),
    self: { id, name, version, host: hostname(), groups, capacity: concurrency },
    storage: files,
    createWorker: (host) =>
      createThreadWorker({
        host,
        plugins: [...PLUGIN_MODULES, ...thirdParty.plugins],
        provided: thirdParty.provided,
        storage: { module: import.meta.resolve("@capstan/storage/http"), factory: "createHttpStorage", options: place },
        taskRunners: runnerPolicyOf(configuration, processEnvironment()),
        egress: configuration.egress,
        localFolders: localFoldersOf(configuration),
        threads,
        concurrency: Math.ceil(concurrency / threads),
      }),
    news: (what) => tell(logger, what),
  });
  return { worker, stopFiles: () => files.stop() };
}

function tell(logger: Logger, news: UplinkNews): void {
  switch (news.type) {
    case "connected":
      return logger.info({ isResumed: news.isResumed }, "the worker is connected");
    case "broken":
      return logger.warn({ reason: reasonOf(news.error) }, "the server can't be reached; it is tried again");
    case "cut-off":
      return logger.error("no server was reached for too long: jobs that run are stopped, others get them");
    default:
      return news satisfies never;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : "the line was cut";
}
