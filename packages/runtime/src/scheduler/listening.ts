import type { JsonMap } from "@capstan/model";
import type { TriggerRow } from "@capstan/store";
import type { Clock } from "../clock.ts";
import { nothingOf } from "../triggers/evaluations.ts";
import type { TriggerFinding } from "../worker/worker.ts";
import { conditionsHold } from "./conditions-hold.ts";
import { fireRun } from "./fire-run.ts";
import type { RowWriter } from "./row-writer.ts";
import type { SchedulerParts } from "./scheduler-parts.ts";
import { callFor, messageOf, positioned, type Target } from "./trigger-call.ts";
import { flowKeyOf, stored, type TriggerEntry } from "./trigger-entry.ts";

/** Time before a listener that ended starts again: doubled from the first to the last. */
const LISTEN_AGAIN_MS = { first: 1_000, last: 60_000 };

/** Listens with a realtime trigger until `entry.abort` aborts; starts again whenever the listener ends by itself. */
export function startListening(parts: SchedulerParts, writer: RowWriter, entry: TriggerEntry, target: Target): void {
  entry.abort?.abort();
  const abort = new AbortController();
  entry.abort = abort;
  entry.failures = 0;
  void listen(parts, writer, entry, target, abort.signal);
}

async function listen(
  parts: SchedulerParts,
  writer: RowWriter,
  entry: TriggerEntry,
  target: Target,
  signal: AbortSignal,
): Promise<void> {
  // One after the other, so that positions become durable in the order of the events.
  let last: Promise<unknown> = Promise.resolve();
  const take = async (event: TriggerFinding) => {
    signal.throwIfAborted();
    const now = parts.clock.now();
    const row = positioned({ ...entry.row, date: now, updatedAt: now }, event);
    await takeEvent(parts, writer, entry, target, event.variables, row);
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
    if (!signal.aborted) await pause(parts.clock, LISTEN_AGAIN_MS.first * 2 ** entry.failures, signal);
    entry.failures += 1;
  }
}

/**
 * Starts the execution of an event that the conditions let pass, and makes `row` durable in any case: an event that is not
 * wanted, or whose conditions can't be evaluated, is taken like any other, since to give it again would change nothing.
 */
async function takeEvent(
  parts: SchedulerParts,
  writer: RowWriter,
  entry: TriggerEntry,
  target: Target,
  variables: JsonMap,
  row: TriggerRow,
): Promise<void> {
  const result = await conditionsHold(parts, flowKeyOf(entry.key), target, variables);
  const failure = "failure" in result ? result.failure : undefined;
  if (failure !== undefined)
    writer.log(entry.key, "ERROR", `the conditions of the trigger can't be evaluated: ${failure}`);
  const isWanted = "holds" in result ? result.holds : target.trigger.failOnTriggerError;
  if (isWanted) {
    const run = failure === undefined ? { variables } : { variables, failure };
    await fireRun(parts, writer, entry, target, run, row);
    return;
  }
  parts.evaluated?.(entry.key, { at: parts.clock.now(), ...nothingOf(result) });
  entry.row = stored(entry, row);
  await writer.save(entry.row);
}

function pause(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise<void>((resolve) => {
    const cancel = clock.setTimer(clock.now() + Math.min(milliseconds, LISTEN_AGAIN_MS.last), resolve);
    const stop = () => {
      cancel();
      resolve();
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}
