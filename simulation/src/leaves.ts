import type { Choice } from "@capstan/engine/test-kit";
import { definePlugin, defineTask, type Plugin } from "@capstan/sdk";
import { z } from "zod";

const WORK_TYPE = "io.capstan.simulation.Work";
const NOTE_TYPE = "io.capstan.simulation.Note";

/** The tasks of simulated flows: one that a worker runs, one that runs within the turn. */
export const simulationPlugin: Plugin = definePlugin({
  name: "simulation",
  title: "Simulation",
  category: "CORE",
  definitions: [
    defineTask({
      type: WORK_TYPE,
      title: "Work that the flaky worker makes up",
      properties: () => z.object({}),
      run: async () => {
        throw new Error("the flaky worker runs no code of plugins");
      },
    }),
    defineTask({
      type: NOTE_TYPE,
      title: "A line in the log, written within the turn",
      properties: () => z.object({}),
      runInline: ({ log, identity }) => log.info(`${identity.executionId}/${identity.taskRunId} noted`),
    }),
  ],
});

/** Kinds that are one task of a worker. */
export const WORKS: ReadonlySet<string | undefined> = new Set([
  "task",
  "Retry",
  "Again",
  "Hang",
  "UnstorableOutput",
  "UnstorableLine",
]);

const FLOWABLES = ["Sequential", "Parallel", "ForEach", "If", "AllowFailure", "Dag", "Loop", "LoopUntil"] as const;

/** Leaves whose end does not depend on when something happens. */
export const LEAVES_STEADY: Choice = {
  leaves: ["task", "task", "task", "Note", "Retry", "Wait", "Ask", "Hooked", "Subflow", "Detached", "Items", "Group"],
  flowables: FLOWABLES,
};
export const LEAVES_ANY: Choice = {
  leaves: [...LEAVES_STEADY.leaves, "Hang", "Impatient", "Review", "Again", "UnstorableOutput", "UnstorableLine"],
  flowables: FLOWABLES,
};

/** What is known of the tasks of a world, by flow and task (`main/t0`). */
export type LeafKinds = Map<string, string>;

/** Writes leaves down, and notes what kind each is. */
export function leafWording(flowId: string, kinds: LeafKinds): (kind: string, id: string) => string {
  const work = (id: string, rest = "") => `{id: ${id}, type: ${WORK_TYPE}${rest}}`;
  /** What only the worker knows of it, for who reads the flow. */
  const told = (kind: string) => (kind === "task" ? "" : `, description: ${kind}`);
  const subflow = (id: string, type: string, rest: string) =>
    `{id: ${id}, type: io.kestra.plugin.core.flow.${type}, namespace: company.team, flowId: child, ${rest}}`;
  return (kind, id) => {
    kinds.set(`${flowId}/${id}`, kind);
    switch (kind) {
      case "Note":
        return `{id: ${id}, type: ${NOTE_TYPE}}`;
      case "Retry":
        return work(id, ", retry: {type: constant, interval: PT5S, maxAttempts: 3}");
      case "Again":
        return work(id, ", retry: {type: constant, interval: PT5S, maxAttempts: 2, behavior: CREATE_NEW_EXECUTION}");
      case "Wait":
        return `{id: ${id}, type: io.kestra.plugin.core.flow.Pause, pauseDuration: PT20S}`;
      case "Ask":
        return `{id: ${id}, type: io.kestra.plugin.core.flow.Pause}`;
      case "Hooked":
        return `{id: ${id}, type: io.kestra.plugin.core.flow.Pause, pauseDuration: PT10S, onPause: ${work(`${id}_hook`)}}`;
      case "Impatient":
        return `{id: ${id}, type: io.kestra.plugin.core.flow.Pause, timeout: PT30S}`;
      case "Review":
        return `{id: ${id}, type: io.kestra.plugin.core.flow.Approval, timeout: PT30S, expireBehavior: ${behaviorFor(id)}, onWait: [${work(`${id}_wait`)}]}`;
      case "Subflow":
        return subflow(id, "Subflow", "wait: true, transmitFailed: true");
      case "Detached":
        return subflow(id, "Subflow", "wait: false");
      case "Items":
        return subflow(id, "ForEachItem", 'items: "kestra:///items.txt", wait: true, transmitFailed: true');
      case "Group":
        return `{id: ${id}, type: io.kestra.plugin.core.flow.WorkingDirectory, tasks: [${work(`${id}_a`)}, ${work(`${id}_b`)}]}`;
      default:
        return work(id, told(kind));
    }
  };
}

const BEHAVIORS = ["CONTINUE", "WARN", "FAIL", "SUCCEED", "CANCEL", "KILL"];

/** What follows a review that expires: one of all, by the place in the tree. */
function behaviorFor(id: string): string {
  const sum = id.split("").reduce((total, character) => total + character.charCodeAt(0), 0);
  return BEHAVIORS[sum % BEHAVIORS.length]!;
}
