import { firstItem, type BatchItem, type ExecutionRow } from "@capstan/engine";
import type { Checker, View } from "../history.ts";

/** How long a process that was told of a date may take for it, in milliseconds. */
const PROMPT_MS = 1_000;
/** How long nothing may go on after a process died, in milliseconds. */
const DOWN_MS_MAX = 10_000;

interface Place {
  readonly row: ExecutionRow;
  readonly index: number;
}

/** Whatever dies when: what was answered is in the batch that it was answered with, behind what was answered before it was asked for. */
export const startsAreInOneBatch: Checker = {
  invariant: "a start that was acknowledged is in exactly one batch, in order, and no batch is too large or late",
  watch: (view) => {
    const { durable, violate, plan } = view;
    const { batch } = plan.control;
    const asked = new Map<string, number>();
    const answered = new Map<string, { readonly verb: string; readonly executionId: string; readonly step: number }>();
    /** Since when executions are durable: until then their time can't begin. */
    const opened = new Map<string, Moment>();
    const began = new Map<string, Moment>();
    /** When processes died, and when the clock was set. */
    const disturbances: { readonly isDeath: boolean; readonly step: number; readonly at: number }[] = [];
    let step = 0;
    return (observation) => {
      if (batch === undefined) return;
      step += 1;
      if (observation.type === "requested" && !asked.has(observation.name)) asked.set(observation.name, step);
      if (observation.type === "acknowledged" && isStart(observation.verb) && !answered.has(observation.name))
        answered.set(observation.name, { ...observation, step });
      if (observation.type === "crashed" || observation.type === "clock-set")
        disturbances.push({ isDeath: observation.type === "crashed", step, at: view.now });
      if (observation.type === "commit") {
        for (const row of observation.unit.executions ?? []) {
          demandWhole(view, row, batch.maxSize);
          const moment = { step, at: row.history[1]?.date ?? view.now };
          if (!opened.has(row.id)) opened.set(row.id, { step, at: view.now });
          if (row.state !== "CREATED" && !began.has(row.id)) began.set(row.id, moment);
        }
        for (const { executionId, number } of observation.unit.addedStarts ?? []) {
          const state = durable.executions.get(executionId)?.state ?? "CREATED";
          if (state !== "CREATED") violate(`a start is added to ${executionId}, which is ${state}`);
          if (number >= batch.maxSize) violate(`${executionId} takes more than ${batch.maxSize} starts`);
        }
      }
      if (observation.type !== "over") return;
      for (const [id, starts] of durable.addedStarts)
        if (starts.size > 0) violate(`${starts.size} starts of ${id} are left over`);
      const originals = observation.stored.flatMap(({ row }) => (row !== undefined && isOriginal(row) ? [row] : []));
      for (const row of originals) {
        const [from, to] = [opened.get(row.id), began.get(row.id)];
        // That everything begins is another invariant.
        if (from === undefined || to === undefined) continue;
        const isDisturbed = disturbances.some(({ isDeath, step: when, at }) =>
          isDeath ? at >= dueOf(row, from) - DOWN_MS_MAX && at <= to.at : when >= from.step && when <= to.step,
        );
        if (!isDisturbed) demandPrompt(view, row, from, to);
      }
      const places = placesOf(originals);
      for (const [name, { executionId }] of answered) {
        const found = places.get(name) ?? [];
        const isThere = found.length === 1 && found[0]!.row.id === executionId;
        if (!isThere)
          violate(
            `${name} was answered ${executionId} and is in ${found.map(({ row }) => row.id).join(", ") || "none"}`,
          );
      }
      for (const [name, one] of answered)
        for (const [other, { verb }] of answered) {
          if (verb !== one.verb || one.step >= asked.get(other)!) continue;
          const [before, after] = [places.get(name)?.[0], places.get(other)?.[0]];
          if (before !== undefined && after !== undefined && !isBefore(before, after, began))
            violate(`${other} was asked for when ${name} was answered, and comes before it`);
        }
    };
  },
};

function isStart(verb: string): boolean {
  return verb === "create" || verb === "webhook";
}

function isOriginal({ flowId, id, originalId, labels }: ExecutionRow): boolean {
  return flowId === "main" && originalId === id && !labels.some(({ key }) => key === "system.replay");
}

/** When an execution begins, all that was added to it durably is in its row. */
function demandWhole({ durable, violate }: View, row: ExecutionRow, maxSize: number): void {
  const items = row.batch?.items ?? [];
  if (items.length > maxSize) violate(`${row.id} took ${items.length} starts instead of ${maxSize}`);
  if (durable.executions.get(row.id)?.state !== "CREATED" || row.state === "CREATED") return;
  const starts = [...(durable.addedStarts.get(row.id) ?? [])].toSorted(([one], [other]) => one - other);
  for (const [number, { id }] of starts)
    if (items[number]?.id !== id) violate(`${row.id} begins without the start ${number} that was added to it`);
}

/** In the order of what was seen, and in epoch milliseconds. */
interface Moment {
  readonly step: number;
  readonly at: number;
}

function dueOf({ scheduleDate = 0 }: ExecutionRow, opened: Moment): number {
  return Math.max(scheduleDate, opened.at);
}

function demandPrompt({ violate }: View, row: ExecutionRow, opened: Moment, began: Moment): void {
  const late = began.at - dueOf(row, opened);
  if (row.control?.batch !== undefined && late > PROMPT_MS) violate(`${row.id} begins ${late} ms late`);
}

function placesOf(rows: readonly ExecutionRow[]): ReadonlyMap<string, readonly Place[]> {
  const places = new Map<string, Place[]>();
  for (const row of rows)
    for (const [index, item] of startsOf(row).entries()) {
      const name = nameOf(item);
      if (name !== undefined) places.set(name, [...(places.get(name) ?? []), { row, index }]);
    }
  return places;
}

/** All starts that an execution took. */
export function startsOf(row: ExecutionRow): readonly BatchItem[] {
  return row.batch?.items ?? [firstItem(row)];
}

/** The request that a start was. */
export function nameOf({ trigger, labels = [] }: BatchItem): string | undefined {
  const body = trigger?.variables["body"] as { readonly name?: string } | undefined;
  return body?.name ?? labels.find(({ key }) => key === "request")?.value;
}

function isBefore(one: Place, other: Place, began: ReadonlyMap<string, Moment>): boolean {
  if (one.row.id === other.row.id) return one.index < other.index;
  return (began.get(one.row.id)?.step ?? 0) <= (began.get(other.row.id)?.step ?? Infinity);
}
