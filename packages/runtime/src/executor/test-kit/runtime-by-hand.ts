import { createMemoryStorage, type Storage } from "@capstan/storage";
import { createMemoryStore, type MemorySnapshot, type Store } from "@capstan/store";
import { type Logger, pino } from "pino";
import { onTestFinished } from "vitest";
import type { Clock } from "../../clock.ts";
import type { FlowControlPolicy } from "../../flow-control/rules.ts";
import { createRuntime } from "../../runtime.ts";
import type { WorkerSettings } from "../../runtime-options.ts";
import { idleWorker } from "../../worker/test-kit/idle-worker.ts";
import plugin from "../../worker/test-kit/misbehaving-plugin.ts";
import triggerPlugin from "../../worker/test-kit/trigger-plugin.ts";
import type { Job, JobHost, Worker } from "../../worker/worker.ts";

export const TENANT = "main";
export const NAMESPACE = "company";

/** A started runtime whose worker only collects what it is given: the test says how each job ends. */
export async function runtimeByHand(
  store: Store,
  flows: readonly string[],
  options: {
    readonly clock?: Clock;
    readonly storage?: Storage;
    readonly descendantsMax?: number;
    readonly logger?: Logger;
    readonly flowControl?: FlowControlPolicy;
    readonly workers?: WorkerSettings;
  } = {},
) {
  const jobs: Job[] = [];
  const killed: string[] = [];
  const emits: Parameters<Worker["listen"]>[1][] = [];
  let host: JobHost | undefined;
  const runtime = createRuntime({
    store,
    storage: createMemoryStorage(),
    plugins: [plugin, triggerPlugin],
    createWorker: (given) => {
      host = given;
      const listen: Worker["listen"] = (_job, emit, signal) => {
        emits.push(emit);
        return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      };
      return { ...idleWorker, listen, submit: (job) => jobs.push(job), kill: (key) => killed.push(key) };
    },
    logger: pino({ level: "silent" }),
    ...options,
  });
  await runtime.start();
  onTestFinished(() => runtime.stop({ graceMs: 0 }));
  for (const source of flows) await runtime.flows.save(TENANT, source, { mode: "apply" });
  return {
    runtime,
    jobs,
    killed,
    /** What each realtime trigger tells its events to, in the order in which they began to listen. */
    emits,
    host: host!,
    create: (flowId: string) => runtime.executions.create({ tenant: TENANT, namespace: NAMESPACE, flowId }),
    /** The row once the execution has ended, and all that is due after its end. */
    ended: async (id: string) => (await runtime.executions.ended(TENANT, id))!,
    /** The job of a task, as soon as the worker was given it. */
    job: (executionId: string, taskId: string, attempt = 1) =>
      until(() =>
        jobs.find(
          ({ identity }) =>
            identity.executionId === executionId && identity.taskId === taskId && identity.attempt === attempt,
        ),
      ),
    /** Lines of an execution's log, oldest first. */
    lines: async (executionId: string) => {
      const { rows } = await store.logs.search({ tenant: TENANT, executionId }, { offset: 0, limit: 100 });
      return rows.map(({ level, message }) => `${level} ${message}`);
    },
  };
}

/** Looks again after each turn of the event loop. The test's time limit ends the wait. */
export async function until<Found>(look: () => Found | undefined | Promise<Found | undefined>): Promise<Found> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A store that keeps what a power cut after each of its commits would leave behind. */
export function recordedStore(from?: MemorySnapshot): { readonly store: Store; readonly left: MemorySnapshot[] } {
  const store = createMemoryStore(from === undefined ? {} : { from });
  const left: MemorySnapshot[] = [];
  const commit: Store["commit"] = async (unit) => {
    await store.commit(unit);
    left.push(store.snapshot());
  };
  return { store: { ...store, commit }, left };
}
