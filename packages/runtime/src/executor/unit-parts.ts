import type { LiveExecution } from "@capstan/engine";
import type { CommitUnit, DocumentRow, TriggerRow } from "@capstan/store";
import { nameOf, type LiveKey } from "./live-key.ts";
import type { Owned, Refuse, SealedUnit } from "./unit.ts";

/** All that a unit holds of one execution. */
export interface UnitPart extends SealedUnit {
  readonly owner: LiveKey;
}

/** A unit in parts that don't depend on each other: one for each execution, in the order in which they came into it. */
export function partsOf({
  unit,
  executions,
  triggers,
  documents,
  releases,
  refusals,
}: SealedUnit): readonly UnitPart[] {
  const parts = new Map<string, Draft>();
  const partOf = (owner: LiveKey): Draft => {
    const name = nameOf(owner);
    let part = parts.get(name);
    if (part === undefined) parts.set(name, (part = emptyPart(owner)));
    return part;
  };
  const partFor = ({ tenant, executionId }: { readonly tenant: string; readonly executionId?: string }) =>
    partOf({ tenant, id: executionId ?? "" });
  for (const execution of executions) partOf(execution).executions.push(execution);
  for (const row of unit.executions ?? []) partOf(row).unit.executions.push(row);
  for (const list of LISTS) for (const row of unit[list] ?? []) (partFor(row).unit[list] as unknown[]).push(row);
  for (const trigger of triggers) {
    const part = partOf(trigger.owner);
    part.triggers.push(trigger);
    part.unit.triggers.push(trigger.item);
  }
  for (const document of documents) {
    const part = partOf(document.owner);
    part.documents.push(document);
    part.unit.documents.push(document.item);
  }
  for (const release of releases) partOf(release.owner).releases.push(release);
  for (const refusal of refusals) partOf(refusal.owner).refusals.push(refusal);
  return [...parts.values()];
}

/** Lists of a unit whose rows name their execution. */
const LISTS = [
  "taskRuns",
  "removedTaskRuns",
  "logs",
  "metrics",
  "timers",
  "clearedTimers",
  "messages",
  "takenMessages",
  "addedStarts",
  "takenStarts",
  "idempotencyKeys",
] as const satisfies readonly (keyof CommitUnit)[];

type Rows = "executions" | "triggers" | "documents" | (typeof LISTS)[number];

interface Draft extends UnitPart {
  readonly unit: { readonly [List in Rows]: NonNullable<CommitUnit[List]>[number][] };
  readonly executions: LiveExecution[];
  readonly triggers: Owned<TriggerRow>[];
  readonly documents: Owned<DocumentRow>[];
  readonly releases: Owned<() => void>[];
  readonly refusals: Owned<Refuse>[];
}

function emptyPart(owner: LiveKey): Draft {
  return {
    owner,
    unit: {
      executions: [],
      taskRuns: [],
      removedTaskRuns: [],
      logs: [],
      metrics: [],
      timers: [],
      clearedTimers: [],
      messages: [],
      takenMessages: [],
      addedStarts: [],
      takenStarts: [],
      triggers: [],
      documents: [],
      idempotencyKeys: [],
    },
    executions: [],
    triggers: [],
    documents: [],
    releases: [],
    refusals: [],
  };
}
