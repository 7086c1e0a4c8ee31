import { FLOW_TRIGGER_TYPE, gather, gatheringsOf, isTerminal, type LiveExecution, type Marks } from "@capstan/engine";
import { type Flow, instantText, type JsonMap, type Trigger } from "@capstan/model";
import type { FlowKey, Store, TriggerKey, TriggerRow } from "@capstan/store";
import type { Clock } from "../clock.ts";
import type { FlowRegistry } from "../executor/flows.ts";
import { executionNotFound } from "../executor/stored-executions.ts";
import type { Schedules } from "../scheduler/schedule-step.ts";
import type { TriggerKind } from "../scheduler/scheduler-parts.ts";
import type { Finding, GatheredEntry, TriggerExplanation } from "../services.ts";
import type { Evaluations } from "./evaluations.ts";
import type { FlowTriggers } from "./flow-triggers.ts";
import { WEBHOOK_TYPE } from "./webhooks.ts";
import { writtenTrigger } from "./written-trigger.ts";

/** Executions of a flow among which the last one of a trigger is looked for. */
const LOOKED_THROUGH_MAX = 100;

export interface TriggerExplanationParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly flows: FlowRegistry;
  readonly evaluations: Evaluations;
  readonly schedules: Schedules;
  readonly flowTriggers: Pick<FlowTriggers, "asked">;
  readonly kindOf: (type: string) => TriggerKind;
  readonly restore: (tenant: string, id: string) => Promise<LiveExecution | undefined>;
  /** False: no trigger starts anything by itself. */
  readonly fires: boolean;
  readonly timeZone: string;
}

/**
 * Why a trigger did not fire, and what would make it. With an `executionId`, what a flow trigger would make of that execution.
 * Throws `RequestError` (404) for a flow, a trigger or an execution that there is not.
 */
export async function explainTrigger(
  parts: TriggerExplanationParts,
  key: TriggerKey,
  executionId?: string,
): Promise<TriggerExplanation> {
  const { store, flows } = parts;
  const { flowKey, compiled, trigger } = await writtenTrigger(flows, key);
  const { flow } = compiled.plan;
  const row = await store.triggers.get(key);
  const kind = parts.kindOf(trigger.type);
  const scheduled = { flow, revision: compiled.row.revision };
  const dates =
    kind === "schedule" ? await parts.schedules.dates({ key: flowKey, flow: scheduled, trigger }) : undefined;
  const evaluation = await parts.evaluations.latest(key);
  const last = await lastExecution(store, flowKey, trigger.id);
  return {
    key,
    type: trigger.type,
    ...(row === undefined ? {} : { row }),
    findings: [
      ...obstacles(parts, flow, trigger, row),
      ...(await locks(store, key, trigger, row)),
      ...waits(kind, trigger, row),
    ],
    ...(dates === undefined ? {} : "mistake" in dates ? { scheduleMistake: dates.mistake } : { dates }),
    gathered: gatheredBy(parts, trigger, row?.memory ?? {}),
    ...(evaluation === undefined ? {} : { evaluation }),
    ...(last === undefined ? {} : { last }),
    ...(executionId === undefined ? {} : { asked: await asked(parts, key, executionId) }),
  };
}

/** What keeps it from firing at all. */
function obstacles(
  { fires }: TriggerExplanationParts,
  flow: Flow,
  trigger: Trigger,
  row: TriggerRow | undefined,
): readonly Finding[] {
  const found: Finding[] = [];
  const add = (code: Finding["code"], text: string) => found.push({ code, text, blocks: true });
  if (flow.disabled) add("flow-disabled", "its flow is disabled: enable the flow");
  if (trigger.disabled) add("trigger-disabled", "the flow says `disabled: true` for it: write false, or leave it out");
  if (row?.disabled === true)
    add("switched-off", "somebody switched it off, or `stopAfter` did after an execution: switch it on");
  if (!trigger.known) add("unknown-type", `this server has no plugin with the type ${trigger.writtenType}`);
  if (!fires && trigger.type !== WEBHOOK_TYPE) add("triggers-off", "this process lets no trigger fire by itself");
  return found;
}

async function locks(
  store: Store,
  { tenant }: TriggerKey,
  { allowConcurrent }: Trigger,
  row: TriggerRow | undefined,
): Promise<readonly Finding[]> {
  const { executionId, backfill } = row ?? {};
  const found: Finding[] = [];
  if (executionId !== undefined && !allowConcurrent) {
    const state = (await store.executions.get(tenant, executionId))?.state;
    const what = state === undefined || isTerminal(state) ? "was not let go by" : `waits for the end of`;
    const text = `it ${what} the execution ${executionId}${state === undefined ? "" : `, which is ${state}`}: it goes on then, or when somebody unlocks it`;
    found.push({ code: "locked", text, blocks: true, executionId });
  }
  if (backfill !== undefined) {
    const at = instantText(backfill.currentDate);
    const text = backfill.paused
      ? `its backfill is paused at ${at}; meanwhile the schedule goes on`
      : `its backfill runs and is at ${at}; the schedule stands still until ${instantText(backfill.end)} is reached`;
    found.push({ code: "backfill", text, blocks: !backfill.paused });
  }
  return found;
}

/** What would make it fire. */
function waits(kind: TriggerKind, trigger: Trigger, row: TriggerRow | undefined): readonly Finding[] {
  const until = row?.nextDate === undefined ? {} : { until: row.nextDate };
  switch (kind) {
    case "schedule":
      if (row?.nextDate === undefined && row?.memory?.["schedule"] !== undefined)
        return [{ code: "no-date-left", text: "its schedule has no further date", blocks: true }];
      return [{ code: "date", text: "it fires at its next date whose conditions hold", blocks: false, ...until }];
    case "polling":
      return [
        {
          code: "asked",
          text: "it is asked at its interval, and fires when it finds something",
          blocks: false,
          ...until,
        },
      ];
    case "realtime":
      return [{ code: "listens", text: "it listens, and fires with each event", blocks: false }];
    case "event":
      return [eventOf(trigger)];
    default:
      return kind satisfies never;
  }
}

function eventOf({ type, properties }: Trigger): Finding {
  if (type === WEBHOOK_TYPE) return { code: "called", text: "it fires when it is called with its key", blocks: false };
  if (type !== FLOW_TRIGGER_TYPE) return { code: "event", text: "it fires with an event of its plugin", blocks: false };
  const { states } = properties;
  const which = Array.isArray(states) ? states.join(", ") : "a final state, or PAUSED";
  return { code: "flow-ends", text: `it looks at executions of other flows that come into ${which}`, blocks: false };
}

/** What a flow trigger has gathered within its windows, and what is missing. */
function gatheredBy(
  { clock, timeZone }: TriggerExplanationParts,
  trigger: Trigger,
  memory: JsonMap,
): readonly GatheredEntry[] {
  if (trigger.type !== FLOW_TRIGGER_TYPE) return [];
  const now = { date: clock.now(), executionId: "", outputs: {} };
  return gatheringsOf(trigger).flatMap((gathering) => {
    const remembered = (memory[gathering.id] ?? {}) as unknown as Marks;
    const { marks } = gather(gathering, remembered, [], now, timeZone);
    return gathering.entries.map((entry) => {
      const mark = Object.hasOwn(marks, entry) ? marks[entry] : undefined;
      const name = `${gathering.id}/${entry}`;
      return mark === undefined ? { name } : { name, at: mark.date, executionId: mark.executionId };
    });
  });
}

async function asked(
  { restore, flowTriggers }: TriggerExplanationParts,
  key: TriggerKey,
  executionId: string,
): Promise<NonNullable<TriggerExplanation["asked"]>> {
  const execution = await restore(key.tenant, executionId);
  if (execution === undefined) throw executionNotFound(executionId);
  const evaluation = await flowTriggers.asked(key, execution);
  return evaluation === undefined ? { fires: true } : { fires: false, evaluation };
}

async function lastExecution(store: Store, { tenant, namespace, id }: FlowKey, triggerId: string) {
  const { rows } = await store.executions.search(
    { tenant, namespace, flowId: id },
    { offset: 0, limit: LOOKED_THROUGH_MAX, uncounted: true, sort: [{ key: "startDate", descending: true }] },
  );
  return rows.find(({ trigger }) => trigger?.id === triggerId);
}
