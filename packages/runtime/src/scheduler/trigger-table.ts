import type { FlowKey, TriggerKey, TriggerRow } from "@capstan/store";
import type { ScheduledFlow, SchedulerParts } from "./scheduler-parts.ts";
import { createEntry, flowKeyOf, nameOfFlow, newRow, type TriggerEntry } from "./trigger-entry.ts";

/** The triggers that the scheduler has in memory; all others are rows of the store. */
export interface TriggerTable {
  /** One that is in memory. */
  get(key: TriggerKey): TriggerEntry | undefined;
  /** Brings one into memory and counts its user; undefined for one that the scheduler doesn't own. */
  hold(key: TriggerKey): Promise<TriggerEntry | undefined>;
  /** Brings a row into memory, unless it is there or is nothing to the scheduler. */
  take(row: TriggerRow, isMissed: boolean): TriggerEntry | undefined;
  /** Leaves one to the store. */
  forget(entry: TriggerEntry): void;
  entries(): Iterable<TriggerEntry>;
  /** Makes the triggers of one flow what its latest revision says, and counts a user of each. */
  update(key: FlowKey, flow: ScheduledFlow | undefined): Promise<FlowUpdate>;
}

export interface FlowUpdate {
  readonly gone: readonly TriggerEntry[];
  readonly present: readonly TriggerEntry[];
  /** Those present that have no row yet. */
  readonly made: ReadonlySet<TriggerEntry>;
}

export function createTriggerTable(parts: Pick<SchedulerParts, "store" | "kindOf" | "clock">): TriggerTable {
  const { store, kindOf, clock } = parts;
  const byFlow = new Map<string, Map<string, TriggerEntry>>();

  const get = (key: TriggerKey) => byFlow.get(nameOfFlow(flowKeyOf(key)))?.get(key.triggerId);
  const add = (entry: TriggerEntry): TriggerEntry => {
    const name = nameOfFlow(flowKeyOf(entry.key));
    let triggers = byFlow.get(name);
    if (triggers === undefined) byFlow.set(name, (triggers = new Map()));
    triggers.set(entry.key.triggerId, entry);
    return entry;
  };
  const forget = ({ key }: TriggerEntry) => {
    const name = nameOfFlow(flowKeyOf(key));
    const triggers = byFlow.get(name);
    triggers?.delete(key.triggerId);
    if (triggers?.size === 0) byFlow.delete(name);
  };
  const take = (row: TriggerRow, isMissed: boolean): TriggerEntry | undefined => {
    const kind = kindOf(row.type);
    return kind === "event" || get(row) !== undefined ? undefined : add(createEntry(row, kind, isMissed));
  };
  /** Nobody has seen the date of a row that is read behind its time. */
  const isLate = ({ nextDate }: TriggerRow) => nextDate !== undefined && nextDate <= clock.now();

  return {
    get,
    take,
    forget,
    hold: async (key) => {
      const row = get(key) === undefined ? await store.triggers.get(key) : undefined;
      const entry = get(key) ?? (row === undefined ? undefined : take(row, isLate(row)));
      if (entry !== undefined) entry.users += 1;
      return entry;
    },
    entries: function* () {
      for (const triggers of byFlow.values()) yield* triggers.values();
    },
    update: async (key, flow) => {
      const { tenant, namespace, id: flowId } = key;
      for (const row of await store.triggers.ofFlow(key)) take(row, isLate(row));
      const before = new Map(byFlow.get(nameOfFlow(key)));
      byFlow.delete(nameOfFlow(key));
      const present: TriggerEntry[] = [];
      const made = new Set<TriggerEntry>();
      for (const { id: triggerId, type, disabled } of flow?.flow.triggers ?? []) {
        const kind = kindOf(type);
        if (kind === "event") continue;
        const known = before.get(triggerId);
        const isSame = known?.row.type === type;
        const entry = isSame
          ? known
          : createEntry(newRow({ tenant, namespace, flowId, triggerId }, type, clock.now()), kind, true);
        entry.active = flow?.flow.disabled !== true && !disabled;
        if (isSame) before.delete(triggerId);
        else made.add(entry);
        present.push(add(entry));
      }
      const gone = [...before.values()];
      for (const entry of [...gone, ...present]) entry.users += 1;
      return { gone, present, made };
    },
  };
}
