import type { Trigger } from "@capstan/model";
import type { TriggerRow } from "@capstan/store";
import type { PollFinding } from "../worker/worker.ts";
import type { ScheduledFlow, SchedulerParts, TriggerCall } from "./scheduler-parts.ts";
import { flowKeyOf, type TriggerEntry } from "./trigger-entry.ts";

/** A trigger in the latest revision of its flow. */
export interface Target {
  readonly flow: ScheduledFlow;
  readonly trigger: Trigger;
}

/** What a plugin is told when its trigger is asked, or listens. */
export function callFor(parts: SchedulerParts, entry: TriggerEntry, target: Target, signal: AbortSignal): TriggerCall {
  const position = entry.row.memory?.["position"];
  return { key: flowKeyOf(entry.key), ...target, executionId: parts.newId(), position, signal };
}

/** A row that remembers how far its trigger got. */
export function positioned(row: TriggerRow, { position }: PollFinding): TriggerRow {
  return position === undefined ? row : { ...row, memory: { ...row.memory, position } };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
