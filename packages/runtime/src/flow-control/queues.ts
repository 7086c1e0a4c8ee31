import { lastLimit, TurnoverMap, type LimitReached, type LiveExecution } from "@capstan/engine";
import type { Flow } from "@capstan/model";
import type { Store } from "@capstan/store";
import { createAlarm } from "../alarm.ts";
import type { Clock } from "../clock.ts";
import type { Executor } from "../executor/executor.ts";
import type { FlowRegistry } from "../executor/flows.ts";
import { nameOf, type LiveKey } from "../executor/live-key.ts";
import type { UnitBuilder } from "../executor/unit.ts";
import type { Admitted } from "./admission.ts";
import { createPassage, type Passage } from "./passage.ts";
import { createPools, type Pool } from "./pools.ts";
import { createQuotaWindows, endOf, type QuotaLine, type QuotaWindows } from "./quota-windows.ts";
import type { Rule, RulesOf } from "./rules.ts";
import { newStand, type Stand } from "./stand.ts";

export interface QueueParts {
  readonly store: Store;
  readonly flows: FlowRegistry;
  readonly rulesOf: RulesOf;
  readonly executor: () => Executor;
  readonly clock: Clock;
}

export type Queues = ReturnType<typeof createQueues>;

/** Who holds what and who waits, and what goes on when there is room. */
export function createQueues(parts: QueueParts) {
  const { store, clock, executor } = parts;
  const stands = new TurnoverMap<string, Stand>();
  let arrivals = 0;
  const pools = createPools();
  const windows = createQuotaWindows(store, clock);
  const passage = createPassage(pools, windows, {
    waiting: (other, by) => supersede(executor(), other, by.id),
    holder: (other, by) => executor().send(other, { type: "kill", supersededBy: by.id }),
  });
  const giving = createGiving(parts, passage, windows);
  const standOf = (execution: LiveKey) => (stands.size === 0 ? undefined : stands.get(nameOf(execution)));
  const letGo = (execution: LiveKey): void => {
    const stand = standOf(execution);
    if (stand === undefined) return;
    stands.delete(stand.id);
    giving.fillAll(passage.leave(stand));
  };
  const take = (execution: LiveExecution, rules: readonly Rule[]): Stand => {
    letGo(execution);
    arrivals += 1;
    const stand = newStand(execution, rules, arrivals);
    stands.set(stand.id, stand);
    return stand;
  };
  return {
    pools,
    windows,
    passage,
    standOf,
    letGo,
    take,
    hold: (execution: LiveExecution, rules: readonly Rule[]) => passage.hold(take(execution, rules)),
    /** The limits are those of the latest revision. */
    limitsOf: (execution: LiveExecution) => {
      const { tenant, plan } = execution;
      return parts.rulesOf(tenant, (parts.flows.cached({ tenant, ...flowOf(execution) })?.plan ?? plan).flow);
    },
    ...giving,
  };
}

/** Lets those go on for whom there is room. */
function createGiving({ executor, clock }: QueueParts, passage: Passage, windows: QuotaWindows) {
  const alarm = createAlarm(clock, () => {
    for (const line of windows.turned()) fill(line);
    const next = windows.nextTurn();
    if (next !== undefined) alarm.set(next);
  });
  /** Looks again when the window is over for which it waits. */
  const watch = ({ waitsFor }: Stand) => {
    if (waitsFor?.kind === "quota") alarm.set(endOf(waitsFor));
  };
  /** Into the commit of what they were counted for. */
  const write = ({ execution, counted }: Stand, unit: UnitBuilder) => {
    for (const line of counted.splice(0)) {
      const { row, over } = windows.written(line);
      unit.document(execution, row, over);
    }
  };
  /** Says to an execution what it came to. */
  const tell = (stand: Stand, { admission, limit }: Admitted) => {
    const { execution } = stand;
    const send = (event: Parameters<Executor["send"]>[1]) =>
      executor().send(execution, event, { add: (unit) => write(stand, unit) });
    watch(stand);
    if (limit === undefined) send({ type: "dequeue", state: "RUNNING" });
    else if (admission !== "QUEUE")
      send({ type: "dequeue", state: admission === "FAIL" ? "FAILED" : "CANCELLED", limit });
    else if (!isSame(lastLimit(execution), limit)) send({ type: "limited", limit });
  };
  const fill = (from: Pool | QuotaLine): void => {
    for (let next = passage.next(from); next !== undefined; next = passage.next(from)) tell(next.stand, next.admitted);
  };
  const fillAll = (lines: readonly Pool[]) => {
    for (const pool of lines) fill(pool);
  };
  return { fillAll, tell, write, watch, stop: alarm.stop };
}

/** Ends one that waits: another one takes its place. */
export function supersede(executor: Executor, superseded: LiveKey, by: string): void {
  executor.send(superseded, { type: "dequeue", state: "CANCELLED", supersededBy: by });
}

export function flowOf({ fixed: { namespace, flowId: id } }: LiveExecution): Pick<Flow, "namespace" | "id"> {
  return { namespace, id };
}

/** Whether a limit that an execution came to is the one that it is known to wait for. */
function isSame(known: LimitReached | undefined, { limit, scope, key, window }: LimitReached): boolean {
  return (
    known?.limit === limit &&
    known.scope === scope &&
    known.key === key &&
    known.window?.durationMs === window?.durationMs &&
    known.window?.endsAt === window?.endsAt
  );
}
