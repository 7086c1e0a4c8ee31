import { isTruthyText } from "@capstan/expression";
import type { LiveRun } from "../execution/live.ts";
import { renderText } from "../execution/scope.ts";
import { setRunState } from "../execution/states.ts";
import { noteRun } from "../history/note.ts";
import { valuesRead } from "../history/read-values.ts";
import type { Turn } from "../turn.ts";

/** Looks at the `runIf` of a task; answers whether it does not hold, so that the task run is over: SKIPPED. */
export function isSkipped(turn: Turn, run: LiveRun): boolean {
  const { runIf } = run.node.task;
  if (runIf === undefined) return false;
  const result = renderText(turn, run, runIf);
  if (isTruthyText(result)) return false;
  noteRun(turn, run, { code: "skipped", result, values: valuesRead(turn, run, runIf) });
  setRunState(turn, run, "SKIPPED");
  turn.agenda.push({ do: "ended", run });
  return true;
}
