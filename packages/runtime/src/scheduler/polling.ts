import type { UnmetCondition } from "@capstan/engine";
import { formatDuration, parseDuration, type Trigger } from "@capstan/model";
import type { TriggerRow } from "@capstan/store";
import { nothingOf } from "../triggers/evaluations.ts";
import type { PollFinding } from "../worker/worker.ts";
import { conditionsHold } from "./conditions-hold.ts";
import { fireRun, type Run } from "./fire-run.ts";
import type { RowWriter } from "./row-writer.ts";
import type { SchedulerParts, TriggerCall } from "./scheduler-parts.ts";
import { callFor, messageOf, positioned, type Target } from "./trigger-call.ts";
import { exclusively, stored, type TriggerEntry } from "./trigger-entry.ts";

/** Time between two questions of a trigger that names none. */
const INTERVAL_MS = 60_000;
/** How long an answer may take where nobody says otherwise. */
const POLL_LIMIT_MS = 5 * 60_000;

/**
 * Asks a polling trigger once, to be called outside of the entry's exclusive operations; resolves when what comes of it is
 * durable. `entry.abort` ends it.
 */
export async function askTrigger(
  parts: SchedulerParts,
  writer: RowWriter,
  entry: TriggerEntry,
  target: Target,
): Promise<void> {
  const abort = new AbortController();
  entry.abort = abort;
  const limit = new AbortController();
  const call = callFor(parts, entry, target, AbortSignal.any([abort.signal, limit.signal]));
  const { found, failure, unmet } = await withinLimit(parts, limit, answerOf(parts, call));
  await exclusively(entry, async () => {
    if (abort.signal.aborted) return;
    entry.abort = undefined;
    const now = parts.clock.now();
    const row: TriggerRow = { ...entry.row, date: now, nextDate: now + intervalOf(target.trigger), updatedAt: now };
    const fire = (run: Run, fired = row) =>
      fireRun(parts, writer, entry, target, { executionId: call.executionId, ...run }, fired);
    const wasAsked = failure === undefined && unmet === undefined;
    if (found?.variables === undefined)
      parts.evaluated?.(entry.key, { at: now, ...(wasAsked ? NOTHING_FOUND : nothingOf({ failure, unmet })) });
    if (failure !== undefined) writer.log(entry.key, "ERROR", `the trigger could not be evaluated: ${failure}`);
    if (found?.variables !== undefined) return fire({ variables: found.variables }, positioned(row, found));
    if (failure !== undefined && target.trigger.failOnTriggerError) return fire({ variables: {}, failure });
    entry.row = stored(entry, found === undefined ? row : positioned(row, found));
    return writer.save(entry.row);
  });
}

interface Answer {
  readonly found?: PollFinding | undefined;
  readonly failure?: string;
  /** The condition for which it was not asked. */
  readonly unmet?: UnmetCondition | undefined;
}

/** Of one that was asked. */
const NOTHING_FOUND = { outcome: "nothing-found", text: "it was asked, and found nothing" } as const;

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

/** Conditions are looked at first: a question whose answer would not count is not asked. */
async function answerOf(parts: SchedulerParts, call: TriggerCall): Promise<Answer> {
  const result = await conditionsHold(parts, call.key, call, {});
  if ("failure" in result) return result;
  try {
    return result.holds ? { found: await parts.poll(call) } : { unmet: result.unmet };
  } catch (error) {
    return { failure: messageOf(error) };
  }
}

function intervalOf({ properties }: Trigger): number {
  const interval = properties["interval"];
  return (typeof interval === "string" ? parseDuration(interval) : undefined) ?? INTERVAL_MS;
}
