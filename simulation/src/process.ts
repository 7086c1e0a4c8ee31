import {
  createRuntime,
  RequestError,
  type Job,
  type JobResult,
  type Runtime,
  type RuntimeOptions,
} from "@capstan/runtime";
import type { Storage } from "@capstan/storage";
import { StoreError, type Store } from "@capstan/store";
import { createFlakyWorker } from "./flaky-worker.ts";
import { simulationPlugin } from "./leaves.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";
import { policyOf } from "./flow-control.ts";
import { NAMESPACE, type WorldPlan } from "./world-plan.ts";

/** One life of the server's process, from its start to its crash. */
export interface SimulatedProcess {
  readonly life: number;
  isAlive: boolean;
  /** Recovered, and takes requests. */
  isReady: boolean;
  runtime: Runtime;
}

export interface ProcessParts {
  readonly life: number;
  readonly plan: WorldPlan;
  readonly storage: Storage;
  readonly timeline: Timeline;
  readonly random: Random;
  readonly newId: () => string;
  openStore(owner: SimulatedProcess): Store;
  submitted(job: Job): void;
  answered(job: Job, result: JobResult, line: string): void;
  readonly defect: (message: string) => void;
  readonly note: (what: string) => void;
}

export function createProcess(parts: ProcessParts): SimulatedProcess {
  const { life, storage, timeline, random, newId } = parts;
  const owner: SimulatedProcess = { life, isAlive: true, isReady: false, runtime: undefined as never };
  const flowControl = policyOf(NAMESPACE, parts.plan.control);
  owner.runtime = createRuntime({
    store: parts.openStore(owner),
    storage,
    plugins: [simulationPlugin],
    createWorker: (host) => createFlakyWorker({ ...parts, host, owner }),
    logger: reportingLogger(parts),
    clock: timeline.clockOf(owner),
    newId,
    random: () => random.next(),
    timeZone: "UTC",
    ...(flowControl === undefined ? {} : { flowControl }),
  });
  return owner;
}

/** What an outage of the store makes the runtime say; anything else that it calls an error is one of ours. */
const OUTAGES = new Set([
  "commit refused; nothing goes on until it succeeds",
  "refused by the store; it is tried again",
  "rows of triggers could not be written",
  "unknown whether an execution was created",
]);

function reportingLogger({ defect, note }: ProcessParts): RuntimeOptions["logger"] {
  const quiet = () => undefined;
  const error = (fields: { readonly err?: unknown }, message: string) => {
    note(`error: ${message}`);
    if (!OUTAGES.has(message) && !isRefusal(fields.err)) defect(`${message}: ${describe(fields.err)}`);
  };
  const logger = { error, warn: quiet, info: quiet, debug: quiet, trace: quiet, fatal: error, child: () => logger };
  return logger as unknown as RuntimeOptions["logger"];
}

const OUTAGE_CODES: ReadonlySet<string> = new Set(["store-full", "store-unreachable"]);

/** A refusal that a client has to live with: its request can't be done, or the store can't write now. */
export function isRefusal(error: unknown): boolean {
  return error instanceof RequestError || (error instanceof StoreError && OUTAGE_CODES.has(error.code));
}

export function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
