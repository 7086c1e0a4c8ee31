import type { ExecutionExplanationAnswer, HistoryEntryAnswer, WaitAnswer } from "@capstan/api";
import { isTerminal } from "@capstan/model";
import type { Paint } from "../run-view/run-view.ts";
import { paintState } from "../run-view/wording.ts";
import { padToWidth, textWidth } from "../terminal/text-width.ts";
import { changeOf, oneLine, reasonText, relativeTime, subjectOf, valueLines } from "./wording.ts";

/** What a terminal shows of an explanation. */
export function formatExplanation(explanation: ExecutionExplanationAnswer, paint: Paint, now: number): string {
  const { id, namespace, flowId, state, since, error, flowProblem, waits, waitsTotal, reasons } = explanation;
  const isOver = isTerminal(state);
  const head = `${paintState(state, paint)} ${namespace}.${flowId} ${isOver ? "ended" : "since"} ${relativeTime(since, now)} ${paint("dim", id)}`;
  const lines = [head];
  if (error !== undefined) lines.push(oneLine(error));
  if (flowProblem !== undefined)
    lines.push(paint("red", `nothing drives it: ${oneLine(flowProblem)}`), "store that flow again, or kill it");
  if (waits.length > 0) lines.push("", isOver ? "after its end it waits for" : "waits for");
  for (const wait of waits) lines.push(...waitLines(wait, paint, now));
  if (waitsTotal > waits.length) lines.push(paint("dim", `  and ${waitsTotal - waits.length} more`));
  if (reasons.length > 0) lines.push("", "what happened", ...historyLines(reasons, paint, now));
  return lines.map((line) => `${line}\n`).join("");
}

/** Entries in columns: when, who, what, why; with the values that a condition read below it. */
export function historyLines(entries: readonly HistoryEntryAnswer[], paint: Paint, now: number): readonly string[] {
  const rows = entries.map((entry) => ({
    entry,
    cells: [relativeTime(entry.date, now), oneLine(subjectOf(entry)), changeOf(entry, paint)],
  }));
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map(({ cells }) => textWidth(cells[column]!))));
  return rows.flatMap(({ entry, cells: [when = "", who = "", what = ""] }) => {
    const columns = [
      paint("dim", " ".repeat(widths[0]! - textWidth(when)) + when),
      padToWidth(who, widths[1]!),
      padToWidth(what, widths[2]!),
    ];
    const why = entry.why === undefined ? "" : reasonText(entry.why, entry.date);
    const indent = " ".repeat(widths[0]! + 4);
    const values = valueLines(entry.why?.condition?.values).map((line) => paint("dim", `${indent}${line}`));
    return [`  ${[...columns, why].join("  ").trimEnd()}`, ...values];
  });
}

/** Nobody has a place in a quota: it counts who started. */
function holdersText({ until, running, holders, limit }: NonNullable<WaitAnswer["slot"]>): string {
  if (until !== undefined) return "";
  const of = limit === undefined ? "" : ` of ${limit}`;
  const more = running > holders.length ? ` and ${running - holders.length} more` : "";
  return `; ${running}${of} run: ${holders.join(", ")}${more}`;
}

function waitLines(wait: WaitAnswer, paint: Paint, now: number): readonly string[] {
  const { text, goesOn, since, until, slot, executions = [], condition } = wait;
  const who = wait.taskRun === undefined ? "" : `${oneLine(subjectOf(wait))}: `;
  const limit = until === undefined ? "" : `, ${relativeTime(until, now)}`;
  const lines = [
    `  ${who}${oneLine(text)}${limit} ${paint("dim", `since ${relativeTime(since, now)}`)}`,
    paint("dim", `    goes on when ${oneLine(goesOn)}`),
  ];
  if (slot !== undefined) {
    lines.push(`    place ${slot.position} of ${slot.waiting} in the queue${holdersText(slot)}`);
  }
  for (const { id, namespace, flowId, state } of executions) {
    const what = state === undefined ? "" : ` ${paintState(state, paint)} ${namespace}.${flowId}`;
    lines.push(`    ${id}${what}`);
  }
  if (condition?.expression !== undefined)
    lines.push(`    ${oneLine(condition.expression)} is ${condition.result ?? "not true"}`);
  lines.push(...valueLines(condition?.values).map((line) => paint("dim", `      ${line}`)));
  return lines;
}
