import { TurnoverMap, type UnmetCondition } from "@capstan/engine";
import type { JsonValue } from "@capstan/model";
import type { DocumentKey, FlowRow, Store, TriggerKey } from "@capstan/store";
import type { Logger } from "pino";
import { createAlarm } from "../alarm.ts";
import type { Clock } from "../clock.ts";

/** What a trigger made of an event that started nothing. */
export interface Evaluation {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly outcome:
    /** A condition does not hold. */
    | "not-met"
    /** A condition, or the trigger itself, can't be evaluated. */
    | "failed"
    /** The execution could not be created. */
    | "refused"
    /** A polling trigger was asked, and found nothing. */
    | "nothing-found";
  /** A clause without a capital and a full stop; secrets are hidden. */
  readonly text: string;
  /** The execution that a flow trigger looked at. */
  readonly executionId?: string;
  readonly unmet?: UnmetCondition;
}

/** The last evaluation of each trigger that started nothing. */
export interface Evaluations {
  /** Takes the place of the one before. Costs no write by itself: what is noted meanwhile is written together. */
  readonly note: (key: TriggerKey, evaluation: Evaluation) => void;
  latest(key: TriggerKey): Promise<Evaluation | undefined>;
  /** Forgets those of triggers that the flow no longer has. */
  flowChanged(row: Omit<FlowRow, "source">): Promise<void>;
  /** Writes what was noted. Notes after it are lost. */
  stop(): Promise<void>;
}

/** How long an evaluation may wait until it is written, in milliseconds: a process that is killed loses so much. */
export const WRITE_AFTER_MS = 5_000;
/** Evaluations that one commit writes. */
export const WRITTEN_MAX = 500;
/** Triggers whose evaluations wait to be written; those of others are not noted meanwhile. */
export const WAITING_MAX = 10_000;

const KIND = "trigger-evaluation";

export function createEvaluations(parts: {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
}): Evaluations {
  const { store, clock, logger } = parts;
  const waiting = new TurnoverMap<string, { readonly key: DocumentKey; readonly evaluation: Evaluation }>();
  let writing: Promise<void> = Promise.resolve();
  let isStopped = false;

  const write = async () => {
    const chosen = [];
    for (const each of waiting.values()) if (chosen.push(each) === WRITTEN_MAX) break;
    for (const { key } of chosen) waiting.delete(nameOf(key));
    const documents = chosen.map(({ key, evaluation }) => ({
      ...key,
      body: evaluation as unknown as JsonValue,
      updatedAt: evaluation.at,
    }));
    try {
      if (documents.length > 0) await store.commit({ documents });
    } catch (error) {
      // The next evaluation of each trigger tells more than one that is tried again.
      logger.warn({ err: error, triggers: documents.length }, "evaluations of triggers could not be written");
    }
  };
  const alarm = createAlarm(clock, () => {
    writing = write().then(rearm);
  });
  const rearm = () => {
    if (waiting.size > 0 && !isStopped) alarm.set(clock.now() + WRITE_AFTER_MS);
  };
  const forget = async (key: DocumentKey) => {
    waiting.delete(nameOf(key));
    await store.commit({ removedDocuments: [key] });
  };
  return {
    note: (trigger, evaluation) => {
      const key = documentOf(trigger);
      const name = nameOf(key);
      if (isStopped || (waiting.size >= WAITING_MAX && waiting.get(name) === undefined)) return;
      waiting.set(name, { key, evaluation });
      rearm();
    },
    latest: async (trigger) => {
      const key = documentOf(trigger);
      const noted = waiting.get(nameOf(key));
      if (noted !== undefined) return noted.evaluation;
      return (await store.documents.get(key))?.body as unknown as Evaluation | undefined;
    },
    flowChanged: async ({ tenant, namespace, id, revision, deleted, triggers }) => {
      if (revision === 1) return;
      const before = await store.flows.get({ tenant, namespace, id }, { revision: revision - 1, includeDeleted: true });
      const stay = new Set(deleted ? [] : triggers.map((trigger) => trigger.id));
      for (const { id: triggerId } of before?.triggers ?? [])
        if (!stay.has(triggerId)) await forget(documentOf({ tenant, namespace, flowId: id, triggerId }));
    },
    stop: async () => {
      isStopped = true;
      alarm.stop();
      await writing;
      while (waiting.size > 0) await write();
    },
  };
}

/** What is known of why a trigger did not fire. */
interface Unfired {
  readonly holds?: boolean;
  readonly failure?: string | undefined;
  readonly unmet?: UnmetCondition | undefined;
}

/** Why nothing came of what a trigger looked at: what failed, or the condition that does not hold. */
export function nothingOf({ failure, unmet }: Unfired): Pick<Evaluation, "outcome" | "text" | "unmet"> {
  if (failure !== undefined) return { outcome: "failed", text: failure };
  return { outcome: "not-met", text: unmetText(unmet), ...(unmet === undefined ? {} : { unmet }) };
}

/** What it comes to that a condition does not hold, in a clause. */
function unmetText(unmet: UnmetCondition | undefined): string {
  if (unmet === undefined) return "its conditions do not hold";
  const { condition, missing = [] } = unmet;
  if (missing.length > 0) return `it still waits for ${missing.join(", ")}`;
  return condition === "when" ? "its `when` does not hold" : `the condition ${condition} does not hold`;
}

function documentOf({ tenant, namespace, flowId, triggerId }: TriggerKey): DocumentKey {
  return { tenant, kind: KIND, id: `${namespace}/${flowId}/${triggerId}` };
}

function nameOf({ tenant, id }: DocumentKey): string {
  return `${tenant}/${id}`;
}
