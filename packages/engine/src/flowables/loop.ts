/**
 * A loop whose iterations are worlds of their own: its tasks see `item` and each other's outputs by their ids, each iteration
 * has its `errors` and its `finally`; what outsiders see is what `outputs` declares.
 *
 *   RUNNING → ended      its iterations are through, and its outputs are kept with the execution
 *   RUNNING → RUNNING    its iterations are through, and its outputs are being stored as files, one for each iteration
 *   RUNNING → ended      they are stored; after a crash meanwhile they are stored again
 *
 * Once its `breakWhen` holds after one of them, no further iterations begin; those that have begun are waited for.
 */
import { isTruthyText } from "@capstan/expression";
import type { JsonMap, JsonValue } from "@capstan/model";
import type { State } from "../execution/execution.ts";
import type { LaneSource, LiveRun } from "../execution/live.ts";
import { endRun, failRun, tellFailure } from "../blocks/run.ts";
import { itemOfIteration } from "../execution/iteration.ts";
import { renderProperty } from "../execution/scope.ts";
import { remember, setOutputs } from "../execution/states.ts";
import type { Turn } from "../turn.ts";
import { concurrencyOf } from "./concurrency.ts";
import type { Flowable } from "./flowable.ts";
import { itemsOf } from "./loop-items.ts";
import { countsOf, iterationOutputs, shownIteration, storedForm, type IterationOutputs } from "./loop-outputs.ts";

export const loop: Flowable = {
  open: (turn, run) => {
    const { items, areLines } = itemsOf(turn, run);
    const limit = concurrencyOf(turn, run, "concurrencyLimit", 0);
    const memory = { items, areLines } as unknown as JsonMap;
    return { source: lanesOf(turn, run, items.length), limit, memory };
  },
  closed: (turn, run, state) => {
    const { items, areLines } = itemsOf(turn, run);
    const outputs = iterationOutputs(turn, run, items.length);
    const counts = countsOf(turn, run, items.length);
    turn.execution.iterations.delete(run.index);
    const isStopped = turn.execution.stopping !== undefined || state === "KILLED";
    const final = isStopped || transmits(turn, run) ? state : "SUCCESS";
    if (outputs !== undefined && outputs.length > 0 && stores(turn, run, areLines))
      store(turn, run, { final, counts }, outputs);
    else end(turn, run, { final, counts }, outputs);
  },
};

interface Ending {
  readonly final: State;
  readonly counts: JsonMap;
}

/** The files that `store` asked for are there, in its order. */
export function filesStored(turn: Turn, run: LiveRun, uris: readonly string[]): void {
  const { storing } = (run.memory ?? {}) as { readonly storing?: Ending & { readonly of: JsonMap[] } };
  if (storing === undefined) return;
  const outputs = storing.of.map((item, position) => ({ item, outputs: { uri: uris[position]! } }));
  end(turn, run, storing, outputs);
}

export function filesRefused(turn: Turn, run: LiveRun, message: string): void {
  failRun(turn, run, `its outputs can't be stored: ${message}`);
}

function end(turn: Turn, run: LiveRun, { final, counts }: Ending, outputs?: readonly IterationOutputs[]): void {
  setOutputs(turn, run, { ...counts, ...(outputs === undefined ? {} : { outputs: outputs as unknown as JsonValue }) });
  endRun(turn, run, final);
}

function store(turn: Turn, run: LiveRun, ending: Ending, outputs: readonly IterationOutputs[]): void {
  remember(turn, run, { storing: { ...ending, of: outputs.map(({ item }) => item) } });
  const files = outputs.map((each) => ({
    name: `${String(each.item["iteration"])}.ion`,
    content: storedForm(turn, run, each),
  }));
  turn.effects.push({ type: "store-files", run, files });
}

function lanesOf(turn: Turn, run: LiveRun, items: number): LaneSource {
  const { begun = items } = (run.memory ?? {}) as { readonly begun?: number };
  const { tasks: list = [], errors = [], finally: last = [] } = run.node.lists;
  return {
    ...(errors.length + last.length === 0 ? {} : { own: { errors, finally: last } }),
    ...(run.node.task.properties["breakWhen"] === undefined ? {} : { breaksAfter: (...look) => breaks(run, ...look) }),
    count: list.length === 0 ? 0 : begun,
    lane: (number) => ({ list, iteration: number }),
    laneOf: ({ iteration }) => iteration ?? 0,
    goesOn: !transmits(turn, run),
  };
}

/** Whether its `breakWhen` holds for an iteration that is through; one that can't be rendered fails the Loop. */
function breaks(run: LiveRun, turn: Turn, iteration: number): boolean {
  const { block } = run;
  if (block === undefined || !breakHolds(turn, run, iteration)) return false;
  remember(turn, run, { begun: block.nextLane });
  return true;
}

function breakHolds(turn: Turn, run: LiveRun, iteration: number): boolean {
  try {
    const extra = { item: itemOfIteration(run, iteration), iteration: shownIteration(turn, run, iteration) };
    return isTruthyText(String(renderProperty(turn, run, run.node.task.properties["breakWhen"], { extra }) ?? ""));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    tellFailure(turn, run, `\`breakWhen\` can't be rendered: ${error.message}`);
    run.block!.tally.failed += 1;
    return true;
  }
}

function transmits(turn: Turn, run: LiveRun): boolean {
  const asked = renderProperty(turn, run, run.node.task.properties["transmitFailed"], { typed: true });
  return asked === undefined || asked === null || asked === true || asked === "true";
}

/** AUTO stores what was made of the lines of a file, which may be many. */
function stores(turn: Turn, run: LiveRun, areLines: boolean): boolean {
  const asked = renderProperty(turn, run, run.node.task.properties["fetchType"]) ?? "AUTO";
  return asked === "STORE" || (asked === "AUTO" && areLines);
}
