import { evaluateConditions } from "@capstan/engine";
import { settle } from "@capstan/expression";
import { formatDuration, parseDuration, type Trigger } from "@capstan/model";
import type { TriggerRow } from "@capstan/store";
import type { TriggerFinding } from "../worker/worker.ts";
import { fireRun, type Run } from "./fire-run.ts";
import type { RowWriter } from "./row-writer.ts";
import type { ScheduledFlow, SchedulerParts, TriggerCall } from "./scheduler-parts.ts";
import { exclusively, flowKeyOf, stored, type TriggerEntry } from "./trigger-entry.ts";
import { triggerScope } from "./trigger-scope.ts";

/** Time between two questions of a trigger that names none. */
const INTERVAL_MS = 60_000;
/** How long an answer may take where nobody says otherwise. */
const POLL_LIMIT_MS = 5 * 60_000;
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
    const limit = new AbortController();
    const call = callFor(parts, entry, target, AbortSignal.any([abort.signal, limit.signal]));
    const answer = await withinLimit(parts, limit, answerOf(parts, call));
    await exclusively(entry, async () => {
      if (abort.signal.aborted) return;
      entry.abort = undefined;
      const now = clock.now();
      const row: TriggerRow = { ...entry.row, date: now, nextDate: now + intervalOf(target.trigger), updatedAt: now };
      const { found, failure } = answer;
      const fire = (run: Run, fired = row) =>
        fireRun(parts, writer, entry, target, { executionId: call.executionId, ...run }, fired);
      if (failure !== undefined) writer.log(entry.key, "ERROR", `the trigger could not be evaluated: ${failure}`);
      if (found !== undefined) return fire({ variables: found.variables }, positioned(row, found));
      if (failure !== undefined && target.trigger.failOnTriggerError) return fire({ variables: {}, failure });
      entry.row = stored(entry, row);
      return writer.save(entry.row);
    });
  };

  const listenOn = async (entry: TriggerEntry, target: Target, abort: AbortController): Promise<void> => {
    const { signal } = abort;
    // One after the other, so that positions become durable in the order of the events.
    let last: Promise<unknown> = Promise.resolve();
    const take = async (event: TriggerFinding) => {
      signal.throwIfAborted();
      const now = clock.now();
      const row = positioned({ ...entry.row, date: now, updatedAt: now }, event);
      await fireRun(parts, writer, entry, target, { variables: event.variables }, row);
      entry.failures = 0;
    };
    const emit = (event: TriggerFinding) => {
      const taken = last.then(() => take(event));
      last = taken.catch(() => undefined);
      return taken;
    };
    while (!signal.aborted) {
      try {
        await parts.listen(callFor(parts, entry, target, signal), emit);
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

/** The answer, or that there was none in time: then the question is interrupted, and what still comes doesn't count. */
async function withinLimit(
  { clock, pollLimitMs = POLL_LIMIT_MS }: SchedulerParts,
  limit: AbortController,
  answer: Promise<Answer>,
): Promise<Answer> {
  const late = Promise.withResolvers<Answer>();
  const cancel = clock.setTimer(clock.now() + pollLimitMs, () => {
    limit.abort();
    late.resolve({ failure: `it gave no answer within ${formatDuration(pollLimitMs)}` });
  });
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    cancel();
  }
}

interface Answer {
  readonly found?: TriggerFinding | undefined;
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
    return result.holds ? { found: await parts.poll(call) } : {};
  } catch (error) {
    return { failure: messageOf(error) };
  }
}

function callFor(parts: SchedulerParts, entry: TriggerEntry, target: Target, signal: AbortSignal): TriggerCall {
  const position = entry.row.memory?.["position"];
  return { key: flowKeyOf(entry.key), ...target, executionId: parts.newId(), position, signal };
}

/** A row that remembers how far its trigger got. */
function positioned(row: TriggerRow, { position }: TriggerFinding): TriggerRow {
  return position === undefined ? row : { ...row, memory: { ...row.memory, position } };
}

function intervalOf({ properties }: Trigger): number {
  const interval = properties["interval"];
  return (typeof interval === "string" ? parseDuration(interval) : undefined) ?? INTERVAL_MS;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
