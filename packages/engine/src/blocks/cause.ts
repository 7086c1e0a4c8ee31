import type { LiveRun } from "../execution/live.ts";
import { valuePath } from "../execution/states.ts";

/** Characters of an error that a row shows; the log has all of it. */
const ERROR_MAX = 300;

/** Why a task run failed, in one line: what flowables around it and the execution say as well. */
export function causeOf(run: LiveRun, message: string | undefined): string {
  const reason = message === undefined ? "" : `: ${clipped(message.trim().replaceAll(/\s+/gu, " "))}`;
  return `task \`${run.node.id}\`${clipped(placeOf(run))} failed${reason}`;
}

/** What a task says of a subflow that failed, in front of the subflow's own reason. */
const THROUGH_SUBFLOWS = /^(?:task `[^`]+`(?: \([^)]*\))? failed: the subflow \S+ ended \w+: )+/u;

/** The reason at the end of a chain of subflows: those between say nothing that helps. */
export function rootOf(cause: string): string {
  return cause.replace(THROUGH_SUBFLOWS, "");
}

/** Which one it is of those that the loops around it made. */
function placeOf(run: LiveRun): string {
  const values = valuePath(run);
  if (values.length > 0) return ` (value ${values.join(" / ")})`;
  let current: LiveRun | undefined = run;
  while (current !== undefined && current.iteration === undefined) current = current.parent;
  return current === undefined ? "" : ` (iteration ${current.iteration})`;
}

function clipped(text: string): string {
  return text.length > ERROR_MAX ? `${text.slice(0, ERROR_MAX)}…` : text;
}
