import type { LiveRun } from "../execution/live.ts";
import { renderProperty } from "../execution/scope.ts";
import type { Turn } from "../turn.ts";
import { FlowableError } from "./flowable.ts";

/** A property that limits how many lanes are open at once: an integer of 0 (no limit) or more. */
export function concurrencyOf(turn: Turn, run: LiveRun, property: string, otherwise: number): number {
  const rendered = renderProperty(turn, run, run.node.task.properties[property], { typed: true });
  if (rendered === undefined || rendered === null || rendered === "") return otherwise;
  const limit = Number(rendered);
  if (Number.isInteger(limit) && limit >= 0) return limit;
  throw new FlowableError(`\`${property}\` must be an integer of 0 or more, but is \`${String(rendered)}\``);
}
