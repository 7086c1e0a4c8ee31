import {
  asStarted,
  firstItem,
  rowOfExecution,
  type BatchItem,
  type ExecutionRow,
  type LiveExecution,
} from "@capstan/engine";
import type { LogLine, MessageRow, TriggerKey } from "@capstan/store";
import type { Clock } from "../clock.ts";
import type { Joined } from "../flow-control/batches.ts";
import type { Places } from "../flow-control/places.ts";
import type { HeldKey } from "../idempotency/held-key.ts";
import type { Preparation } from "./create-execution.ts";
import type { Executor } from "./executor.ts";
import type { TriggerChange, UnitBuilder } from "./unit.ts";

export interface AddingParts {
  readonly executor: Executor;
  readonly places: Pick<Places, "join" | "begin" | "closed">;
  readonly clock: Clock;
}

/** What is written together with a start. */
export interface CreatedAlong {
  readonly trigger?: { readonly key: TriggerKey; readonly change: TriggerChange };
  readonly message?: MessageRow;
  readonly requestKey?: HeldKey | undefined;
}

/**
 * Adds a start to the execution of a batch that has not begun. Answers that execution as whoever starts it may see it, once this is
 * durable; undefined where there is none, and the start is to be an execution of its own; `refused` when it can't be stored there.
 */
export async function addToBatch(
  parts: AddingParts,
  prepared: Preparation,
  along: CreatedAlong,
): Promise<ExecutionRow | "refused" | undefined> {
  const { row } = prepared;
  if (row.control?.batch === undefined) return undefined;
  const item = firstItem(row);
  for (let joined = parts.places.join(row, item); joined !== undefined; joined = parts.places.join(row, item)) {
    const execution = parts.executor.get(joined.key);
    const outcome = execution && (await add(parts, { execution, joined, item, prepared, along }));
    if (outcome === "added") return { ...asStarted(rowOfExecution(execution!), item), labels: row.labels };
    parts.places.closed(joined.key);
    if (outcome === "refused") return outcome;
  }
  return undefined;
}

interface Adding {
  readonly execution: LiveExecution;
  readonly joined: Joined;
  readonly item: BatchItem;
  readonly prepared: Preparation;
  readonly along: CreatedAlong;
}

/** Resolves when it is durable, or is known never to be: `late` when the execution began, or was ended, before its turn. */
function add({ executor, places, clock }: AddingParts, adding: Adding): Promise<"added" | "late" | "refused"> {
  const { execution, joined, item, prepared, along } = adding;
  const { tenant, id: executionId } = execution;
  return new Promise((resolve) => {
    const refused = () => resolve("refused");
    const addTo = (unit: UnitBuilder) => {
      if (execution.batch?.items.at(-1) !== item) return resolve("late");
      unit.addStart({ tenant, executionId, number: execution.batch.items.length - 1, item });
      addAlong(unit, execution, along);
      if (along.requestKey !== undefined) unit.idempotencyKey(along.requestKey.row({ executionId, startId: item.id }));
      unit.log(execution, {}, linesAbout(prepared.undeclared, clock.now()));
      unit.whenDurable(execution, () => resolve("added"));
      unit.whenRefused(execution, refused);
    };
    executor.send(execution, { type: "start-added", item }, { add: addTo, refused });
    if (joined.isLast) places.begin(execution);
  });
}

/** What goes into the commit of a start, whatever becomes of it. */
export function addAlong(unit: UnitBuilder, execution: LiveExecution, { trigger, message }: CreatedAlong): void {
  if (trigger !== undefined) unit.trigger(execution, trigger.key, trigger.change);
  if (message !== undefined) unit.message(message);
}

export function linesAbout(undeclared: readonly string[], time: number): readonly LogLine[] {
  return undeclared.map((id) => ({
    time,
    level: "WARN",
    message: `the input \`${id}\` is not declared by the flow and was left out`,
  }));
}
