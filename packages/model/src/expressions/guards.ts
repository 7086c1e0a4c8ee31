import { analyse, type Reference, subjectOf } from "@capstan/expression";
import type { TaskPlacement } from "./placement.ts";

/** What was asked for (`is defined`, `??`, …) before a task runs; see `subjectOf`. */
type Guards = (placement: TaskPlacement | undefined) => ReadonlySet<string>;

const IF = "io.kestra.plugin.core.flow.If";
const NOTHING: ReadonlySet<string> = new Set();

/** Questions in the `runIf` of a task or of one around it, and in the conditions of the branches it is in. */
export function createGuards(): Guards {
  const known = new Map<TaskPlacement, ReadonlySet<string>>();
  const guards = (placement: TaskPlacement | undefined): ReadonlySet<string> => {
    if (placement === undefined) return NOTHING;
    const found = known.get(placement);
    if (found !== undefined) return found;
    const { parent, list, checked } = placement;
    const isBranch = parent?.checked.task.type === IF && (list === "then" || list === "else");
    const own = [checked.task.runIf, isBranch ? parent.checked.task.properties["condition"] : undefined].flatMap(asked);
    const outer = guards(parent);
    const all = own.length === 0 ? outer : new Set([...outer, ...own]);
    known.set(placement, all);
    return all;
  };
  return guards;
}

/** References with those forgiven whose subject was asked for before. */
export function withGuards(references: readonly Reference[], guards: ReadonlySet<string>): readonly Reference[] {
  if (guards.size === 0) return references;
  return references.map((reference) => {
    const subjects = [subjectOf(reference.path), subjectOf(reference.path.slice(0, 1))];
    return subjects.some((subject) => guards.has(subject)) ? { ...reference, guarded: true } : reference;
  });
}

function asked(condition: unknown): readonly string[] {
  if (typeof condition !== "string" || !condition.includes("{")) return [];
  return analyse(condition).references.flatMap(({ guarded, path }) => (guarded ? [subjectOf(path)] : []));
}
