import { scopeOf, templateCache } from "@capstan/expression";
import { type JsonValue, parseJsonValue } from "@capstan/model";
import { plain } from "../inputs/coerce.ts";
import type { LoopItem } from "../execution/iteration.ts";
import type { LiveRun } from "../execution/live.ts";
import { environmentOf, renderProperty, renderText } from "../execution/scope.ts";
import type { Turn } from "../turn.ts";
import { FlowableError } from "./flowable.ts";

/** What a Loop goes through. */
export interface LoopItems {
  readonly items: readonly LoopItem[];
  /** They are the lines of a file. */
  readonly areLines: boolean;
}

/** The values of a Loop, each as text: maps and lists are JSON. Known already when the process has restarted meanwhile. */
export function itemsOf(turn: Turn, run: LiveRun): LoopItems {
  const { items: known, areLines = false } = (run.memory ?? {}) as Partial<LoopItems>;
  if (known !== undefined) return { items: known, areLines };
  const rendered = renderProperty(turn, run, run.node.task.properties["values"]);
  if (typeof rendered === "string" && ADDRESS.test(rendered))
    return { items: linesOf(turn, run, rendered).map((value) => ({ value })), areLines: true };
  const found = typeof rendered === "string" ? jsonOf(rendered) : rendered;
  if (Array.isArray(found))
    return { items: found.map((value: JsonValue) => ({ value: itemText(value) })), areLines: false };
  if (typeof found === "object" && found !== null) {
    const items = Object.entries(found).map(([key, value]) => ({ key, value: itemText(value) }));
    return { items, areLines: false };
  }
  const shown = JSON.stringify(rendered)?.slice(0, SHOWN_CHARACTERS);
  throw new FlowableError(`\`values\` must be a list, a map or the address of a file, but is ${shown}`);
}

const ADDRESS = /^(?:kestra|nsfile|file):/u;
const SHOWN_CHARACTERS = 200;

function itemText(value: JsonValue): string {
  if (value === null) throw new FlowableError("there is a null value among the values of the loop");
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The function keeps to what this execution may read, and waits for the file. */
function linesOf(turn: Turn, run: LiveRun, address: string): readonly string[] {
  const content = renderText(turn, run, "{{ read(address) }}", { address });
  const lines = content.split(/\r?\n/u).filter((line) => line !== "");
  return lines.map((line) => itemText(jsonOf(line) ?? ionOf(turn, run, line) ?? line));
}

function jsonOf(text: string): JsonValue | undefined {
  try {
    return parseJsonValue(text);
  } catch {
    return undefined;
  }
}

/** Compiled when the first line is read. */
const template = templateCache(1);

/** Only of maps and lists: other lines that happen to be Ion are meant as the texts they are. */
function ionOf(turn: Turn, run: LiveRun, line: string): JsonValue | undefined {
  if (!/^[[{]/u.test(line)) return undefined;
  try {
    return plain(template("{{ fromIon(line) }}").evaluate(scopeOf({ line }), environmentOf(turn, run)));
  } catch {
    return undefined;
  }
}
