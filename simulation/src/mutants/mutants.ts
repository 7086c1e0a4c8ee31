import { isTerminal, type JsonMap, type TaskRunRow } from "@capstan/engine";
import { StoreError, type CommitUnit, type Store } from "@capstan/store";
import { acknowledgedIsKept } from "../checkers/acknowledged-is-kept.ts";
import { attemptsEndOnce } from "../checkers/attempts-end-once.ts";
import { effectsFollowCommits } from "../checkers/effects-follow-commits.ts";
import { endsAreGatheredOnce } from "../checkers/ends-are-gathered-once.ts";
import { everythingEnds } from "../checkers/everything-ends.ts";
import { flowTriggersFireOnce } from "../checkers/flow-triggers-fire-once.ts";
import { iterationsArePlayedOnce } from "../checkers/iterations-are-played-once.ts";
import { limitsHold } from "../checkers/limits-hold.ts";
import { linesAreThereOnce } from "../checkers/lines-are-there-once.ts";
import { quotasHold } from "../checkers/quotas-hold.ts";
import { schedulesFireOnce } from "../checkers/schedules-fire-once.ts";
import { slasAreKept } from "../checkers/slas-are-kept.ts";
import { slotsAreNotLeaked } from "../checkers/slots-are-not-leaked.ts";
import { startsAreInOneBatch } from "../checkers/starts-are-in-one-batch.ts";
import { terminalStatesStay } from "../checkers/terminal-states-stay.ts";
import { timersAreKept } from "../checkers/timers-are-kept.ts";
import { unstorableFailsAlone } from "../checkers/unstorable-fails-alone.ts";
import { webhooksStartOnce } from "../checkers/webhooks-start-once.ts";
import type { Mutant } from "./mutant.ts";

/** Ways in which a store, or what relies on it, could be wrong; some seed must show each. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: "says that a unit is durable before it is",
    breaks: effectsFollowCommits.invariant,
    store: (store) => ({ ...store, commit: (unit) => sayingSo(store.commit(unit)) }),
  },
  {
    name: "acknowledges new executions that it never writes",
    breaks: acknowledgedIsKept.invariant,
    store: changingUnits((unit) => ({
      ...unit,
      executions: (unit.executions ?? []).filter(({ history }) => history.length > 2),
    })),
  },
  {
    name: "writes the unit that it refuses",
    breaks: linesAreThereOnce.invariant,
    store: (store) => ({ ...store, commit: (unit) => refusingAndWriting(store, unit) }),
  },
  {
    name: "refuses for good what can be stored",
    breaks: unstorableFailsAlone.invariant,
    store: (store) => ({ ...store, commit: (unit) => refusingStarts(store, unit) }),
  },
  {
    name: "forgets lines of logs",
    breaks: linesAreThereOnce.invariant,
    store: changingUnits((unit) => ({ ...unit, logs: [] })),
  },
  {
    name: "forgets what quotas have counted",
    breaks: quotasHold.invariant,
    store: changingUnits((unit) => ({ ...unit, documents: [] })),
  },
  {
    name: "does not write timers",
    breaks: timersAreKept.invariant,
    store: changingUnits((unit) => ({ ...unit, timers: [] })),
  },
  {
    name: "does not read timers at a restart",
    breaks: everythingEnds.invariant,
    store: (store) => ({ ...store, timers: { all: async () => [] } }),
  },
  {
    name: "does not find who is queued at a restart",
    breaks: everythingEnds.invariant,
    store: withoutState("QUEUED"),
  },
  {
    name: "gives the slots of those that run away at a restart",
    breaks: limitsHold.invariant,
    store: withoutState("RUNNING"),
  },
  {
    name: "keeps the slots of those that ended",
    breaks: slotsAreNotLeaked.invariant,
    store: (store, life) => (life === 1 ? store : withGhost(store)),
  },
  {
    name: "forgets which dates of a schedule have fired",
    breaks: schedulesFireOnce.invariant,
    store: changingUnits((unit) => ({ ...unit, triggers: [] })),
  },
  {
    name: "forgets the keys of requests",
    breaks: webhooksStartOnce.invariant,
    store: changingUnits((unit) => ({ ...unit, idempotencyKeys: [] })),
  },
  {
    name: "does not write the starts that are added to an execution",
    breaks: startsAreInOneBatch.invariant,
    store: changingUnits((unit) => ({ ...unit, addedStarts: [] })),
  },
  {
    name: "does not read them at a restart",
    breaks: startsAreInOneBatch.invariant,
    store: (store) => ({ ...store, addedStarts: { of: async () => [] } }),
  },
  {
    name: "keeps starts that an execution holds already",
    breaks: startsAreInOneBatch.invariant,
    store: changingUnits((unit) => ({ ...unit, takenStarts: [] })),
  },
  {
    name: "forgets what is left to do after an end",
    breaks: flowTriggersFireOnce.invariant,
    store: (store) => ({ ...store, messages: { all: async () => [] } }),
  },
  {
    name: "forgets at a restart which iterations are over",
    breaks: iterationsArePlayedOnce.invariant,
    store: changingRuns((runs) => runs.filter(({ iteration, state }) => iteration === undefined || !isTerminal(state))),
  },
  {
    name: "does not write what an SLA says of an execution",
    breaks: slasAreKept.invariant,
    store: changingUnits((unit) => ({
      ...unit,
      executions: (unit.executions ?? []).map((row) => ({
        ...row,
        labels: row.labels.filter(({ key }) => !key.startsWith("sla")),
      })),
    })),
  },
  {
    name: "remembers what a flow trigger has used up",
    breaks: endsAreGatheredOnce.invariant,
    store: withoutForgetting,
  },
  {
    name: "forgets attempts at a restart",
    breaks: attemptsEndOnce.invariant,
    store: changingRuns((runs) => runs.map((run) => ({ ...run, attempts: [] }))),
  },
  {
    name: "forgets at a restart that something has ended",
    breaks: terminalStatesStay.invariant,
    store: changingRuns((runs) => runs.map((run) => (isTerminal(run.state) ? { ...run, state: "RUNNING" } : run))),
  },
];

function changingUnits(change: (unit: CommitUnit) => CommitUnit): Mutant["store"] {
  return (store) => ({ ...store, commit: (unit) => store.commit(change(unit)) });
}

/** Task runs are read otherwise than they are, one execution at a time or many. */
function changingRuns(change: (runs: readonly TaskRunRow[]) => readonly TaskRunRow[]): Mutant["store"] {
  return (store) => {
    const { executions } = store;
    const taskRuns: Store["executions"]["taskRuns"] = async (tenant, id) =>
      change(await executions.taskRuns(tenant, id));
    const whole: Store["executions"]["whole"] = async (keys) =>
      (await executions.whole(keys)).map((found) => ({ ...found, taskRuns: change(found.taskRuns) }));
    return { ...store, executions: { ...executions, taskRuns, whole } };
  };
}

async function sayingSo(commit: Promise<void>): Promise<void> {
  commit.catch(() => undefined);
}

async function refusingAndWriting(store: Store, unit: CommitUnit): Promise<void> {
  try {
    await store.commit(unit);
  } catch (error) {
    store.commit(unit).catch(() => undefined);
    throw error;
  }
}

async function refusingStarts(store: Store, unit: CommitUnit): Promise<void> {
  const isStart = unit.taskRuns?.some(({ row }) => row.attempts.length === 1 && row.state === "RUNNING") === true;
  if (isStart) throw new StoreError("store-invalid", "there is nothing wrong with it");
  await store.commit(unit);
}

/** A trigger that remembers nothing any more remembers what it did before. */
function withoutForgetting(store: Store): Store {
  let before: JsonMap = {};
  const get: Store["triggers"]["get"] = async (key) => {
    const row = await store.triggers.get(key);
    before = { ...before, ...row?.memory };
    return row === undefined ? row : { ...row, memory: before };
  };
  return { ...store, triggers: { ...store.triggers, get } };
}

/** Executions in this state are not there for those who list them. */
function withoutState(hidden: string): Mutant["store"] {
  return (store) => {
    const listByState: Store["executions"]["listByState"] = async (states, limit, after) =>
      store.executions.listByState(
        states.filter((state) => state !== hidden),
        limit,
        after,
      );
    return { ...store, executions: { ...store.executions, listByState } };
  };
}

/** An execution that ended comes back as one that somebody paused, and takes a slot for ever. */
function withGhost(store: Store): Store {
  const ghosts = new Set<string>();
  const { executions } = store;
  return {
    ...store,
    executions: {
      ...executions,
      listByState: async (states, limit, after) => {
        const ended = await executions.listByState(["SUCCESS"], 1);
        for (const { id } of ended) ghosts.add(id);
        return [...ended, ...(await executions.listByState(states, limit, after))];
      },
      whole: async (keys) =>
        (await executions.whole(keys)).map(({ row, taskRuns }) => ({
          row: ghosts.delete(row.id) ? { ...row, state: "PAUSED" } : row,
          taskRuns,
        })),
    },
  };
}
