import {
  asStarted,
  firstItem,
  rowOfExecution,
  type BatchItem,
  type ExecutionRow,
  type LiveExecution,
} from "@capstan/engine";
import type { Storage } from "@capstan/storage";
import type { LogLine, MessageRow, TriggerKey } from "@capstan/store";
import type { Clock } from "../clock.ts";
import type { Joined } from "../flow-control/batches.ts";
import type { Places } from "../flow-control/places.ts";
import type { HeldKey, KeptResult } from "../idempotency/held-key.ts";
import type { Preparation } from "./create-execution.ts";
import type { Executor } from "./executor.ts";
import { filesOf, type StartFiles } from "./start-files.ts";
import type { TriggerChange, UnitBuilder } from "./unit.ts";

export interface AddingParts {
  readonly storage: Storage;
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

/** A start that may share an execution with others. */
export interface SharedStart {
  readonly prepared: Preparation;
  readonly along: CreatedAlong;
  readonly item: BatchItem;
  readonly files: StartFiles | undefined;
}

/** Undefined for one that is an execution of its own in any case. */
export function sharedStart(
  { storage }: AddingParts,
  prepared: Preparation,
  along: CreatedAlong,
): SharedStart | undefined {
  if (prepared.failed !== undefined || prepared.row.control?.batch === undefined) return undefined;
  const item = firstItem(prepared.row);
  return { prepared, along, item, files: filesOf(storage, prepared.row, item) };
}

/**
 * Adds a start to the execution of a batch that has not begun. Undefined, and at once, where there is none: then it is to open one
 * before anybody else looks. Resolves to that execution as whoever starts it may see it, once this is durable; to `late` when
 * the execution began, or was ended, before; to `refused` when the start can't be stored there.
 */
export function addToBatch(parts: AddingParts, start: SharedStart): Promise<ExecutionRow | NotAdded> | undefined {
  const joined = parts.places.join(start.prepared.row, start.item);
  return joined && addTo(parts, start, joined);
}

type NotAdded = "late" | "refused";

async function addTo(parts: AddingParts, start: SharedStart, joined: Joined): Promise<ExecutionRow | NotAdded> {
  const { prepared, files } = start;
  const execution = parts.executor.get(joined.key);
  const item = files === undefined || execution === undefined ? start.item : await files.to(execution.id);
  const outcome = execution === undefined ? "late" : await add(parts, { ...start, execution, joined, item });
  if (outcome === "added") return { ...asStarted(rowOfExecution(execution!), item), labels: prepared.row.labels };
  parts.places.closed(joined.key);
  if (files !== undefined) await files.back();
  return outcome;
}

interface Adding extends SharedStart {
  readonly execution: LiveExecution;
  readonly joined: Joined;
}

/** Resolves when it is durable, or is known never to be. */
function add({ executor, places, clock }: AddingParts, adding: Adding): Promise<"added" | NotAdded> {
  const { execution, joined, item, prepared, along } = adding;
  const { tenant, id: executionId } = execution;
  return new Promise((resolve) => {
    const refused = () => resolve("refused");
    const addIn = (unit: UnitBuilder) => {
      if (execution.batch?.items.at(-1) !== item) return resolve("late");
      unit.addStart({ tenant, executionId, number: execution.batch.items.length - 1, item });
      addAlong(unit, execution, along, { executionId, startId: item.id });
      unit.log(execution, {}, linesAbout(prepared.undeclared, clock.now()));
      unit.whenDurable(execution, () => resolve("added"));
      unit.whenRefused(execution, refused);
    };
    const isSent = executor.send(execution, { type: "start-added", item }, { add: addIn, refused });
    if (!isSent) resolve("late");
    else if (joined.isLast) places.begin(execution);
  });
}

/** What goes into the commit of a start, whatever becomes of it; `kept` is how the same request again is answered. */
export function addAlong(
  unit: UnitBuilder,
  execution: LiveExecution,
  { trigger, message, requestKey }: CreatedAlong,
  kept: KeptResult,
): void {
  if (trigger !== undefined) unit.trigger(execution, trigger.key, trigger.change);
  if (message !== undefined) unit.message(message);
  if (requestKey !== undefined) unit.idempotencyKey(requestKey.row(kept));
}

export function linesAbout(undeclared: readonly string[], time: number): readonly LogLine[] {
  return undeclared.map((id) => ({
    time,
    level: "WARN",
    message: `the input \`${id}\` is not declared by the flow and was left out`,
  }));
}
