import { evaluateConditions } from "@capstan/engine";
import { settle } from "@capstan/expression";
import { type JsonMap, parseDuration, type Trigger } from "@capstan/model";
import { fireRun } from "./fire-run.ts";
import type { RowWriter } from "./row-writer.ts";
import type { ScheduledFlow, SchedulerParts, TriggerCall } from "./scheduler-parts.ts";
import { exclusively, flowKeyOf, type TriggerEntry } from "./trigger-entry.ts";
import { triggerScope } from "./trigger-scope.ts";

/** Time between two questions of a trigger that names none. */
const INTERVAL_MS = 60_000;
/** Time before a listener that ended starts again: doubled from the first to the last. */
const LISTEN_AGAIN_MS = { first: 1_000, last: 60_000 };

interface Target {
  readonly flow: ScheduledFlow;
  readonly trigger: Trigger;
}

/** Triggers whose events come from a plugin: by asking at intervals, or by listening all the time. */
export interface EventTriggers {
  /** Asks once, to be called outside of the entry's exclusive operations; resolves when what comes of it is durable. */
  poll(entry: TriggerEntry, target: Target): Promise<void>;
  /** Listens until `entry.abort` aborts; starts again whenever the listener ends by itself. */
  listen(entry: TriggerEntry, target: Target): void;
}

export function createEventTriggers(parts: SchedulerParts, writer: RowWriter): EventTriggers {
  const { clock } = parts;

  const ask = async (entry: TriggerEntry, target: Target, abort: AbortController): Promise<void> => {
    const answer = await answerOf(parts, callFor(entry, target, abort.signal));
    await exclusively(entry, async () => {
      if (abort.signal.aborted) return;
      entry.abort = undefined;
      const now = clock.now();
      const row = { ...entry.row, date: now, nextDate: now + intervalOf(target.trigger), updatedAt: now };
      const { variables, failure } = answer;
      if (failure !== undefined) writer.log(entry.key, "ERROR", `the trigger could not be evaluated: ${failure}`);
      if (variables !== undefined) return fireRun(parts, writer, entry, target, { variables }, row);
      if (failure !== undefined && target.trigger.failOnTriggerError)
        return fireRun(parts, writer, entry, target, { variables: {}, failure }, row);
      entry.row = row;
      return writer.save(row);
    });
  };

  const listenOn = async (entry: TriggerEntry, target: Target, abort: AbortController): Promise<void> => {
    const { signal } = abort;
    const emit = async (variables: JsonMap) => {
      const now = clock.now();
      await fireRun(parts, writer, entry, target, { variables }, { ...entry.row, date: now, updatedAt: now });
      entry.failures = 0;
    };
    while (!signal.aborted) {
      try {
        await parts.listen(callFor(entry, target, signal), emit);
      } catch (error) {
        if (!signal.aborted) writer.log(entry.key, "ERROR", `the trigger stopped listening: ${messageOf(error)}`);
      }
      if (!signal.aborted) await pause(LISTEN_AGAIN_MS.first * 2 ** entry.failures, signal);
      entry.failures += 1;
    }
  };

  const pause = (milliseconds: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const cancel = clock.setTimer(clock.now() + Math.min(milliseconds, LISTEN_AGAIN_MS.last), resolve);
      const stop = () => {
        cancel();
        resolve();
      };
      signal.addEventListener("abort", stop, { once: true });
    });

  return {
    poll: (entry, target) => {
      const abort = new AbortController();
      entry.abort = abort;
      return ask(entry, target, abort);
    },
    listen: (entry, target) => {
      entry.abort?.abort();
      const abort = new AbortController();
      entry.abort = abort;
      entry.failures = 0;
      void listenOn(entry, target, abort);
    },
  };
}

interface Answer {
  readonly variables?: JsonMap | undefined;
  readonly failure?: string;
}

/** Conditions are looked at first: a question whose answer would not count is not asked. */
async function answerOf(parts: SchedulerParts, call: TriggerCall): Promise<Answer> {
  try {
    const { tenant, namespace, id } = call.key;
    const { conditions } = call.trigger;
    const base = parts.environment(tenant, namespace, id);
    const result = await settle(base, (environment) => {
      const scope = triggerScope(call.key, call.flow, {}, environment, parts.globals);
      return evaluateConditions(conditions, { scope, environment, flow: { namespace, id }, date: parts.clock.now() });
    });
    if ("failure" in result) return result;
    return result.holds ? { variables: await parts.poll(call) } : {};
  } catch (error) {
    return { failure: messageOf(error) };
  }
}

function callFor(entry: TriggerEntry, target: Target, signal: AbortSignal): TriggerCall {
  return { key: flowKeyOf(entry.key), ...target, signal };
}

function intervalOf({ properties }: Trigger): number {
  const interval = properties["interval"];
  return (typeof interval === "string" ? parseDuration(interval) : undefined) ?? INTERVAL_MS;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
