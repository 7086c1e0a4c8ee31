import type { JsonMap } from "@capstan/model";
import { type Span, spanAt } from "./time-window.ts";

/** That an upstream execution met one of the things that a trigger waits for. Kept in the trigger's memory. */
export interface Mark {
  /** Epoch milliseconds. */
  readonly date: number;
  readonly executionId: string;
  readonly flowId?: string;
  readonly outputs: JsonMap;
}

/** Marks by what was met, and the window that they belong to. */
export interface Marks {
  readonly [entry: string]: Mark;
}

/** Things that must all have happened within a window; `id` names them in the trigger's memory. */
export interface Gathering {
  readonly id: string;
  readonly entries: readonly string[];
  /** How many entries are enough. */
  readonly needed: number;
  readonly timeWindow: JsonMap;
  readonly resetOnSuccess: boolean;
}

export interface Gathered {
  /** Whether enough was met, the present execution being a part of it. */
  readonly complete: boolean;
  readonly marks: Marks;
}

/** Adds marks for what the present execution met. Marks out of the window are forgotten; out of every window none is made. */
export function gather(
  gathering: Gathering,
  remembered: Marks,
  met: readonly string[],
  mark: Mark,
  timeZone: string,
): Gathered {
  const span = spanAt(gathering.timeWindow, mark.date, timeZone);
  if (span === undefined) return { complete: false, marks: {} };
  const marks: Record<string, Mark> = {};
  for (const entry of gathering.entries) {
    const old = Object.hasOwn(remembered, entry) ? remembered[entry] : undefined;
    if (met.includes(entry)) marks[entry] = mark;
    else if (old !== undefined && isWithin(old.date, span)) marks[entry] = old;
  }
  return { complete: met.length > 0 && Object.keys(marks).length >= gathering.needed, marks };
}

/** Outputs of all marked executions; those of later ones win. */
export function mergedOutputs(marks: Marks): JsonMap {
  const inOrder = Object.values(marks).toSorted((a, b) => a.date - b.date);
  return Object.assign({}, ...inOrder.map((mark) => mark.outputs)) as JsonMap;
}

/** Outputs of all marked executions by the ids of their flows; those of later ones win. */
export function outputsByFlow(marks: Marks): JsonMap {
  const inOrder = Object.values(marks).toSorted((a, b) => a.date - b.date);
  return Object.fromEntries(
    inOrder.flatMap(({ flowId, outputs }) => (flowId === undefined ? [] : [[flowId, outputs]])),
  );
}

function isWithin(date: number, { start, end }: Span): boolean {
  return date >= start && date <= end;
}
