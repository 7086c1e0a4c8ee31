import type { CheckedFlow } from "@capstan/model";
import { isMap, isPair, isSeq, type Node, parseDocument, type YAMLSeq } from "yaml";
import { Refusal } from "../refusal.ts";

/** Something that a flow can't be without, of the language itself. */
const FILLER = "  - id: filler\n    type: io.kestra.plugin.core.flow.Sequential\n    tasks: []\n";

/** Mistakes that only the whole flow can tell. */
const OF_THE_REST: ReadonlySet<string> = new Set([
  "unknown-variable",
  "unknown-task",
  "unknown-input",
  "unknown-output",
  "undeclared-variable",
  "outputs-not-yet",
]);

export interface CheckedPart {
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Checks the text of one task or trigger as if it stood in a flow. What refers to the rest of the flow (ids of other
 * tasks, inputs) can't be checked without it and is left out.
 */
export function checkPart(
  text: string,
  section: "tasks" | "triggers",
  check: (source: string) => CheckedFlow,
): CheckedPart {
  const body = text.replace(/^---[^\n]*\n/, "");
  const indented = body
    .split("\n")
    .map((line) => `    ${line}`)
    .join("\n");
  const list = `${section}:\n  -\n${indented}\n`;
  const source = `id: part\nnamespace: part\n${section === "tasks" ? "" : `tasks:\n${FILLER}`}${list}`;
  const { diagnostics } = check(source);
  const place = `${section}[0]`;
  const own = diagnostics.filter(({ path, code }) => code.startsWith("yaml-") || path.startsWith(place));
  const shown = (severity: string) =>
    own
      .filter((one) => one.severity === severity && !OF_THE_REST.has(one.code))
      .map(({ path, message, hint }) => {
        const inner = path.slice(place.length).replace(/^\./, "");
        return `${inner === "" ? "" : `${inner}: `}${message}${hint === undefined ? "" : ` — ${hint}`}`;
      });
  return { errors: shown("error"), warnings: shown("warning") };
}

/**
 * The source of a flow with one of its tasks replaced; the rest keeps its comments. Throws 422 when the task has
 * another id, 404 when there is none.
 */
export function replaceTask(source: string, taskId: string, task: Readonly<Record<string, unknown>>): string {
  if (task["id"] !== taskId)
    throw new Refusal("task-id-differs", `The task's id is "${String(task["id"])}", the path says "${taskId}"`);
  const document = parseDocument(source);
  const replace = findTask(document.contents, taskId);
  if (replace === undefined) throw new Refusal("task-not-found", `The flow has no task "${taskId}"`);
  replace(document.createNode(task));
  return document.toString();
}

/** Tasks stand in lists, however deep; those of a Dag under `task`. Answers what puts another one in the place. */
function findTask(node: unknown, taskId: string): ((task: Node) => void) | undefined {
  const places = isMap(node)
    ? node.items.filter(({ key }) => !NO_TASKS.has(String(key)))
    : isSeq(node)
      ? node.items
      : [];
  for (const [index, place] of places.entries()) {
    const value = isPair(place) ? place.value : place;
    if (isMap(value) && value.get("id") === taskId && value.has("type"))
      return (task) => {
        if (isPair(place)) place.value = task;
        else (node as YAMLSeq).items[index] = task;
      };
    const inner = findTask(value, taskId);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

const NO_TASKS: ReadonlySet<string> = new Set(["inputs", "outputs", "triggers"]);
