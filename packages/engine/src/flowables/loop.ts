import { renderDeep } from "@capstan/expression";
import type { FlowOutput, JsonMap, JsonValue, State } from "@capstan/model";
import { coerceOutput } from "../inputs/coerce-output.ts";
import { plain } from "../inputs/coerce.ts";
import { indexOfIteration, itemOfIteration, ownItem, type LoopItem } from "../iteration.ts";
import type { LaneSource, LiveRun } from "../live.ts";
import { endRun } from "../run.ts";
import { environmentOf, renderProperty, renderText, scopeFor } from "../scope.ts";
import { setOutputs } from "../states.ts";
import type { Turn } from "../turn.ts";
import { concurrencyOf } from "./concurrency.ts";
import { FlowableError, type Flowable } from "./flowable.ts";

/**
 * Runs its tasks once for each value, every iteration in a world of its own: its tasks see `item` and each other's outputs by
 * their ids; what outsiders see is what `outputs` declares.
 */
export const loop: Flowable = {
  open: (turn, run) => {
    const items = itemsOf(turn, run);
    const limit = concurrencyOf(turn, run, "concurrencyLimit", 1);
    if (fetchType(turn, run) === "STORE")
      throw new FlowableError(
        "`fetchType: STORE` is not available: outputs are kept with the execution, as FETCH does",
      );
    return { source: lanesOf(turn, run, items.length), limit, memory: { items: items as unknown as JsonValue } };
  },
  closed: (turn, run, state) => {
    const outputs = outputsOf(turn, run);
    if (outputs !== undefined) setOutputs(turn, run, { outputs });
    turn.execution.iterations.delete(run.index);
    const isStopped = turn.execution.stopping !== undefined || state === "KILLED";
    endRun(turn, run, isStopped || transmits(turn, run) ? state : "SUCCESS");
  },
};

function lanesOf(turn: Turn, run: LiveRun, items: number): LaneSource {
  const list = run.node.lists["tasks"] ?? [];
  return {
    count: list.length === 0 ? 0 : items,
    lane: (number) => ({ list, iteration: number }),
    laneOf: ({ iteration }) => iteration ?? 0,
    goesOn: !transmits(turn, run),
  };
}

/** Known already when the process has restarted meanwhile. */
function itemsOf(turn: Turn, run: LiveRun): readonly LoopItem[] {
  const known = (run.memory as { items?: readonly LoopItem[] } | undefined)?.items;
  if (known !== undefined) return known;
  const values = plain(renderProperty(turn, run, run.node.task.properties["values"], { typed: true }));
  const found = typeof values === "string" ? fromText(turn, run, values) : values;
  if (Array.isArray(found)) return found.map((value: JsonValue) => ({ value }));
  if (typeof found === "object" && found !== null) return Object.entries(found).map(([key, value]) => ({ key, value }));
  throw new FlowableError(`\`values\` must be a list, a map or the address of a file, but is ${JSON.stringify(found)}`);
}

function fromText(turn: Turn, run: LiveRun, text: string): JsonValue {
  // The function keeps to what this execution may read, and waits for the file.
  if (/^(?:kestra|nsfile|file):/u.test(text))
    return linesOf(renderText(turn, run, "{{ read(address) }}", { address: text }));
  const value = jsonOf(text);
  if (value === undefined)
    throw new FlowableError(
      `\`values\` must be a list, a map or the address of a file, but is \`${text.slice(0, 200)}\``,
    );
  return value;
}

/** One value a line: JSON where it is such, otherwise text. */
function linesOf(content: string): readonly JsonValue[] {
  return content
    .split(/\r?\n/u)
    .filter((line) => line !== "")
    .map((line) => jsonOf(line) ?? line);
}

function jsonOf(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** What is declared, of every iteration that ended well; nothing when nothing is declared. */
function outputsOf(turn: Turn, run: LiveRun): readonly JsonMap[] | undefined {
  const declared = declaredOutputs(run);
  if (declared.length === 0) return undefined;
  const outputs: JsonMap[] = [];
  for (let iteration = 0; iteration < itemsOf(turn, run).length; iteration += 1)
    if (hasEndedWell(turn, run, iteration))
      outputs.push({ item: ownItem(run, iteration), outputs: render(turn, run, iteration, declared) });
  return outputs;
}

function declaredOutputs({ node }: LiveRun): readonly FlowOutput[] {
  const written = (node.task.properties["outputs"] ?? []) as unknown as readonly Partial<FlowOutput>[];
  return written.map((output) => ({ id: "", type: "STRING", value: null, required: true, ...output }));
}

const WELL: ReadonlySet<State | undefined> = new Set<State>(["SUCCESS", "WARNING", "SKIPPED", "CANCELLED"]);

function hasEndedWell(turn: Turn, run: LiveRun, iteration: number): boolean {
  const { states } = indexOfIteration(turn.execution, run, iteration);
  return (run.node.lists["tasks"] ?? []).every(({ id }) => WELL.has(states.get(id)?.state));
}

function render(turn: Turn, run: LiveRun, iteration: number, declared: readonly FlowOutput[]): JsonMap {
  const { outputs, tasks } = indexOfIteration(turn.execution, run, iteration);
  const seen = { item: itemOfIteration(run, iteration), outputs, tasks };
  const scope = scopeFor(turn.execution, run, turn.context.globals, seen);
  const environment = environmentOf(turn, run);
  const rendered: Record<string, JsonValue> = {};
  for (const output of declared) {
    try {
      const coerced = coerceOutput(output, renderDeep(output.value, scope, environment), environment);
      if ("reason" in coerced) throw new FlowableError(coerced.reason);
      rendered[output.id] = coerced.value;
    } catch (error) {
      if (output.required || !(error instanceof Error)) throw error;
      rendered[output.id] = null;
    }
  }
  return rendered;
}

function transmits(turn: Turn, run: LiveRun): boolean {
  const asked = renderProperty(turn, run, run.node.task.properties["transmitFailed"], { typed: true });
  return asked === undefined || asked === null || asked === true || asked === "true";
}

function fetchType(turn: Turn, run: LiveRun): JsonValue | undefined {
  return renderProperty(turn, run, run.node.task.properties["fetchType"]);
}
