import type { ExecutionRow, State } from "@capstan/engine";
import type { Flow, JsonMap, Trigger } from "@capstan/model";
import type { CommitUnit, FlowKey, LogBatch, Store, TriggerKey, TriggerRow, WakeRange } from "@capstan/store";
import { pino } from "pino";
import type { Clock } from "../clock.ts";
import type { PollFinding, TriggerFinding } from "../worker/worker.ts";
import { createScheduler, type Scheduler } from "./scheduler.ts";
import type { FireRequest, SchedulerParts, TriggerCall } from "./scheduler-parts.ts";

export const START = Temporal.Instant.from("2024-01-01T00:00:30Z").epochMilliseconds;
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
const KEY: FlowKey = { tenant: "main", namespace: "company", id: "flow" };
export const clockText = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toString().slice(11, 16);

export function trigger(properties: JsonMap, more: Partial<Trigger> = {}): Trigger {
  const type = `io.kestra.plugin.core.trigger.${"dates" in properties ? "ScheduleOnDates" : "Schedule"}`;
  return {
    id: "t",
    type,
    writtenType: type,
    known: true,
    disabled: false,
    conditions: [],
    labels: {},
    stopAfter: [],
    failOnTriggerError: false,
    allowConcurrent: false,
    properties,
    ...more,
  };
}

/** Resolves when plugins that answer at once have answered. */
const answersGiven = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

/** A process with a scheduler, over a store that outlives it and a clock that only the test moves. */
export function createWorld() {
  let now = START;
  let executionCount = 0;
  let generation = 0;
  const never = () => new Promise<never>(() => undefined);
  const timers = new Set<{ at: number; callback: () => void }>();
  const clock: Clock = {
    now: () => now,
    elapsedMs: () => performance.now(),
    setTimer: (at, callback) => {
      const timer = { at, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    defer: (callback) => void setImmediate(callback),
  };
  const rows = new Map<string, TriggerRow>();
  const unapplied = new Map<string, FlowKey>();
  const flows = new Map<string, { flow: Flow; revision: number }>();
  const executions = new Map<string, Pick<ExecutionRow, "state">>();
  const logs: LogBatch[] = [];
  const nameOf = (flow: FlowKey) => `${flow.namespace}.${flow.id}`;
  const rowName = (row: { flowId: string; triggerId: string }) => `${row.flowId}/${row.triggerId}`;
  const byWake = () => [...rows.values()].toSorted(({ wakeAt: left = -1 }, { wakeAt: right = -1 }) => left - right);
  const commit = async (unit: CommitUnit) => {
    await Promise.resolve();
    for (const row of unit.triggers ?? []) rows.set(rowName(row), row);
    for (const key of unit.removedTriggers ?? []) rows.delete(rowName(key));
    for (const flow of unit.appliedFlows ?? []) unapplied.delete(nameOf(flow));
    logs.push(...(unit.logs ?? []));
  };
  const store = {
    commit,
    triggers: {
      get: async (key: TriggerKey) => rows.get(rowName(key)),
      ofFlow: async ({ id }: FlowKey) => [...rows.values()].filter(({ flowId }) => flowId === id),
      // In one page, whatever its limit.
      toWake: async ({ after, until }: WakeRange, _limit: number, behind?: TriggerRow) =>
        behind === undefined ? byWake().filter(({ wakeAt = -1 }) => wakeAt > after && wakeAt <= until) : [],
      nextWake: async (after: number) => byWake().find(({ wakeAt = -1 }) => wakeAt > after)?.wakeAt,
    },
    flows: {
      get: async (key: FlowKey) => flows.get(nameOf(key)),
      unapplied: async (_limit: number, after?: FlowKey) => (after === undefined ? [...unapplied.values()] : []),
    },
    executions: { get: async (_: string, id: string) => executions.get(id) },
  } as unknown as Store;

  const fired: (FireRequest & { row: TriggerRow; at: number })[] = [];
  const world = {
    fired,
    logs,
    rows,
    executions,
    timers,
    get now() {
      return now;
    },
    set now(moment: number) {
      now = moment;
    },
    scheduler: undefined as unknown as Scheduler,
    /** What the plugin of polling triggers answers, and what it was asked. */
    answer: (call: TriggerCall): Promise<PollFinding | undefined> => {
      void call;
      return Promise.resolve(undefined);
    },
    listener: (call: TriggerCall, emit: (event: TriggerFinding) => Promise<void>): Promise<void> => {
      void emit;
      return new Promise((resolve) => call.signal.addEventListener("abort", () => resolve()));
    },
    refuse: undefined as Error | undefined,
    /** State in which every execution ends, within its first commit; undefined: it goes on. */
    endsAs: undefined as State | undefined,
    parts: {} as { -readonly [Part in keyof SchedulerParts]?: SchedulerParts[Part] },
    /** Whether the process dies before or after the commit of an execution. */
    crashAt: (request: FireRequest): "before" | "after" | undefined => {
      void request;
      return undefined;
    },
    isKilled: false,
    /** Ends the process without a word: nothing that it began goes on. */
    kill: () => {
      world.isKilled = true;
      timers.clear();
      return never();
    },
    save: async (triggers: readonly Trigger[], more: Partial<Flow> = {}, key = KEY) => {
      const flow = {
        id: key.id,
        namespace: key.namespace,
        inputs: [],
        variables: {},
        labels: {},
        disabled: false,
        triggers,
        ...more,
      };
      flows.set(nameOf(key), { flow: flow as unknown as Flow, revision: 1 });
      unapplied.set(nameOf(key), key);
      await world.scheduler?.flowChanged(key);
    },
    remove: async (key = KEY) => {
      flows.delete(nameOf(key));
      await world.scheduler.flowChanged(key);
    },
    /** Starts a process; what another one kept in memory is lost. */
    boot: async () => {
      timers.clear();
      world.isKilled = false;
      generation += 1;
      const own = generation;
      const isKilled = () => own !== generation || world.isKilled;
      world.scheduler = createScheduler({
        store: { ...store, commit: (unit) => (isKilled() ? never() : commit(unit)) },
        clock,
        logger: pino({ level: "silent" }),
        timeZone: "UTC",
        newId: () => `e${(executionCount += 1)}`,
        kindOf: (type) =>
          type === "test.Poll"
            ? "polling"
            : type === "test.Listen"
              ? "realtime"
              : type.includes("Schedule")
                ? "schedule"
                : "event",
        compiled: async (key) => flows.get(nameOf(key)),
        environment: () => ({ now: () => now, random: () => 0.5, timeZone: "UTC" }),
        globals: {},
        fire: async (request, _key, rowFor) => {
          if (world.refuse !== undefined) throw world.refuse;
          const crash = isKilled() ? "before" : world.crashAt(request);
          if (crash === "before") return world.kill();
          const row = rowFor(world.endsAs !== undefined);
          executions.set(request.executionId, { state: world.endsAs ?? "RUNNING" });
          fired.push({ ...request, row, at: now });
          // The end is told within the commit that creates the execution.
          if (world.endsAs !== undefined) world.end(request.executionId, world.endsAs);
          await commit({ triggers: [row] });
          return crash === "after" ? world.kill() : row;
        },
        poll: (call) => world.answer(call),
        listen: (call, emit) => world.listener(call, emit),
        ...world.parts,
      });
      await world.scheduler.start();
      await answersGiven();
      if (!world.isKilled) await world.scheduler.idle();
    },
    end: (id: string, state: State = "SUCCESS") => {
      const request = fired.find(({ executionId }) => executionId === id)!;
      executions.set(id, { state });
      const { namespace, id: flowId } = request.flow;
      world.scheduler.executionEnded({ tenant: "main", id, namespace, flowId, state, trigger: request.trigger });
    },
    /** Moves the clock, timer by timer. */
    pass: async (milliseconds: number) => {
      const until = now + milliseconds;
      await answersGiven();
      if (!world.isKilled) await world.scheduler.idle();
      while (!world.isKilled) {
        const next = [...timers].toSorted((a, b) => a.at - b.at)[0];
        if (next === undefined || next.at > until) break;
        timers.delete(next);
        now = Math.max(now, next.at);
        next.callback();
        await answersGiven();
        if (!world.isKilled) await world.scheduler.idle();
      }
      if (!world.isKilled) now = until;
    },
    key: { tenant: "main", namespace: "company", flowId: "flow", triggerId: "t" },
    row: () => rows.get("flow/t"),
    dates: () => fired.map(({ variables }) => String(variables["date"]).slice(11, 16)),
  };
  return world;
}

/** A world whose only flow has the given trigger; executions end at once. */
export async function worldWith(only: Trigger, changes: Partial<ReturnType<typeof createWorld>> = {}) {
  const world = createWorld();
  world.endsAs = "SUCCESS";
  Object.assign(world, changes);
  await world.save([only]);
  await world.boot();
  return world;
}
