import { type JsonMap, parseJsonValue } from "@capstan/model";
import type { LaneSource, LiveRun } from "../execution/live.ts";
import type { PlanNode } from "../plan.ts";
import { renderProperty, renderText } from "../execution/scope.ts";
import type { Turn } from "../turn.ts";
import { concurrencyOf } from "./concurrency.ts";
import { FlowableError, type Flowable } from "./flowable.ts";

/** Runs its tasks once for each value: a lane for every value, up to `concurrencyLimit` at once. */
export const forEach: Flowable = {
  open: (turn, run) => {
    const values = valuesOf(turn, run, "values");
    const limit = concurrencyOf(turn, run, "concurrencyLimit", 1);
    return { source: laneEachValue(run.node.lists["tasks"] ?? [], values), limit, memory: { values } };
  },
};

/** The older name of a loop with one value at a time. */
export const eachSequential: Flowable = {
  open: (turn, run) => {
    const values = valuesOf(turn, run, "value");
    return { source: laneEachValue(run.node.lists["tasks"] ?? [], values), limit: 1, memory: { values } };
  },
};

/** The older loop in which every pair of value and task is a lane of its own. */
export const eachParallel: Flowable = {
  open: (turn, run) => {
    const values = valuesOf(turn, run, "value");
    const limit = concurrencyOf(turn, run, "concurrent", 0);
    return { source: laneEachPair(run.node.lists["tasks"] ?? [], values), limit, memory: { values } };
  },
};

function laneEachValue(list: readonly PlanNode[], values: readonly string[]): LaneSource {
  return {
    count: list.length === 0 ? 0 : values.length,
    lane: (number) => ({ list, value: values[number]!, iteration: number }),
    laneOf: ({ iteration }) => iteration ?? 0,
  };
}

function laneEachPair(list: readonly PlanNode[], values: readonly string[]): LaneSource {
  return {
    count: list.length * values.length,
    lane: (number) => {
      const iteration = Math.floor(number / list.length);
      return { list: [list[number % list.length]!], value: values[iteration]!, iteration };
    },
    laneOf: ({ node, iteration }) => (iteration ?? 0) * list.length + node.position,
  };
}

/** The values of a loop as text, in order, each once. Known already when the process has restarted meanwhile. */
function valuesOf(turn: Turn, run: LiveRun, property: "values" | "value"): readonly string[] {
  const known = (run.memory as { values?: readonly string[] } | undefined)?.values;
  if (known !== undefined) return known;
  const written = run.node.task.properties[property];
  const list = typeof written === "string" ? parseList(renderText(turn, run, written)) : written;
  if (!Array.isArray(list)) throw new FlowableError(`\`${property}\` must be a list, but is ${describe(list)}`);
  const nulls = list.filter((item) => item === null).length;
  if (nulls > 0) throw new FlowableError(`Found '${nulls}' null values on Each, with values=${javaText(list)}`);
  const fromText = typeof written === "string";
  return [...new Set(list.map((item) => valueText(turn, run, item, fromText)))];
}

/** As Kestra prints what a list holds, which alerts look for. */
function javaText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(javaText).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}=${javaText(item)}`)
    .join(", ")}}`;
}

function valueText(turn: Turn, run: LiveRun, item: unknown, fromText: boolean): string {
  if (typeof item === "string") return fromText ? item : renderText(turn, run, item);
  if (fromText) return JSON.stringify(item);
  if (Number.isInteger(item)) return String(item);
  if (typeof item === "object" && !Array.isArray(item))
    return JSON.stringify(renderProperty(turn, run, item as JsonMap));
  throw new FlowableError(`a value of a loop must be text, an integer or a map, but is ${describe(item)}`);
}

function parseList(text: string): unknown {
  try {
    return parseJsonValue(text);
  } catch (error) {
    throw new FlowableError(`the values of a loop must be a JSON list, but are \`${clip(text)}\``, { cause: error });
  }
}

function describe(value: unknown): string {
  return value === undefined ? "missing" : `\`${clip(JSON.stringify(value))}\``;
}

const CLIP_CHARACTERS = 200;
function clip(text: string): string {
  return text.length > CLIP_CHARACTERS ? `${text.slice(0, CLIP_CHARACTERS)}…` : text;
}
