import type { FlowKey, TriggerKey } from "@capstan/store";
import type { ScheduledFlow, SchedulerParts } from "./scheduler-parts.ts";
import { createEntry, nameOfFlow, nameOfTrigger, newRow, type TriggerEntry } from "./trigger-entry.ts";

/** All triggers that the scheduler owns, in memory. */
export interface TriggerTable {
  /** Reads rows and flows of the store; answers the rows whose trigger is gone. No flow is parsed. */
  load(now: number): Promise<readonly TriggerKey[]>;
  get(key: TriggerKey): TriggerEntry | undefined;
  entries(): Iterable<TriggerEntry>;
  /** Makes the triggers of one flow what its latest revision says. */
  update(key: FlowKey, flow: ScheduledFlow | undefined, now: number): FlowUpdate;
}

export interface FlowUpdate {
  readonly gone: readonly TriggerEntry[];
  readonly present: readonly TriggerEntry[];
}

export function createTriggerTable({ store, kindOf }: Pick<SchedulerParts, "store" | "kindOf">): TriggerTable {
  const byFlow = new Map<string, Map<string, TriggerEntry>>();

  const add = (entry: TriggerEntry) => {
    const { tenant, namespace, flowId, triggerId } = entry.key;
    const name = nameOfFlow({ tenant, namespace, id: flowId });
    let triggers = byFlow.get(name);
    if (triggers === undefined) byFlow.set(name, (triggers = new Map()));
    triggers.set(triggerId, entry);
  };

  return {
    load: async (now) => {
      const [rows, flows] = await Promise.all([store.triggers.all(), store.flows.withTriggers()]);
      const known = new Map(rows.map((row) => [nameOfTrigger(row), row]));
      for (const { tenant, namespace, id: flowId, triggers, disabled } of flows) {
        for (const { id: triggerId, type } of triggers) {
          const kind = kindOf(type);
          if (kind === "event") continue;
          const key = { tenant, namespace, flowId, triggerId };
          const row = known.get(nameOfTrigger(key));
          known.delete(nameOfTrigger(key));
          const entry = createEntry(row?.type === type ? row : newRow(key, type, now), kind, !disabled);
          entry.mayHaveMissed = entry.row.nextDate !== undefined && entry.row.nextDate <= now;
          add(entry);
        }
      }
      return [...known.values()].filter(({ type }) => kindOf(type) !== "event");
    },
    get: ({ tenant, namespace, flowId, triggerId }) =>
      byFlow.get(nameOfFlow({ tenant, namespace, id: flowId }))?.get(triggerId),
    entries: function* () {
      for (const triggers of byFlow.values()) yield* triggers.values();
    },
    update: ({ tenant, namespace, id: flowId }, flow, now) => {
      const name = nameOfFlow({ tenant, namespace, id: flowId });
      const before = byFlow.get(name) ?? new Map<string, TriggerEntry>();
      byFlow.delete(name);
      const present: TriggerEntry[] = [];
      for (const { id: triggerId, type, disabled } of flow?.flow.triggers ?? []) {
        const kind = kindOf(type);
        if (kind === "event") continue;
        const known = before.get(triggerId);
        const isSame = known?.row.type === type;
        const active = flow?.flow.disabled !== true && !disabled;
        const entry = isSame
          ? known
          : createEntry(newRow({ tenant, namespace, flowId, triggerId }, type, now), kind, active);
        entry.active = active;
        if (isSame) before.delete(triggerId);
        add(entry);
        present.push(entry);
      }
      return { gone: [...before.values()], present };
    },
  };
}
