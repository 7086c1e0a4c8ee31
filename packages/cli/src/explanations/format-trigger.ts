import type { EvaluationAnswer, TriggerExplanationAnswer, UnmetAnswer } from "@capstan/api";
import type { Paint } from "../run-view/run-view.ts";
import { localTime } from "../terminal/local-time.ts";
import { oneLine, relativeTime, valueLines } from "./wording.ts";

/** What a terminal shows of why a trigger did not fire. */
export function formatTrigger(explanation: TriggerExplanationAnswer, paint: Paint, now: number): string {
  const { namespace, flowId, triggerId, type, findings, dates = [], gathered } = explanation;
  const { scheduleMistake, evaluation, lastExecution, asked } = explanation;
  const lines = [`${triggerId} of ${namespace}.${flowId} ${paint("dim", type.split(".").at(-1) ?? type)}`];
  for (const { text, blocks, until } of findings) {
    const when = until === undefined ? "" : `: ${localTime(until)}, ${relativeTime(until, now)}`;
    lines.push(`  ${blocks ? paint("red", "✗") : paint("dim", "-")} ${oneLine(text)}${when}`);
  }
  if (scheduleMistake !== undefined)
    lines.push(`  ${paint("red", "✗")} its schedule can't be read: ${oneLine(scheduleMistake)}`);
  for (const { date, holds, failure, unmet } of dates) {
    const verdict = holds ? paint("green", "its conditions hold") : paint("red", oneLine(failure ?? nameOf(unmet)));
    lines.push("", `date ${localTime(date)}, ${relativeTime(date, now)}: ${verdict}`, ...unmetLines(unmet, paint));
  }
  if (gathered.length > 0) lines.push("", "waits for all of, within its window");
  for (const { name, date, executionId = "" } of gathered)
    lines.push(
      date === undefined
        ? `  ${paint("yellow", "○")} ${oneLine(name)} is missing`
        : `  ${paint("green", "✓")} ${oneLine(name)} by ${executionId} ${relativeTime(date, now)}`,
    );
  if (asked !== undefined)
    lines.push(
      "",
      ...(asked.fires
        ? ["it would fire for this execution"]
        : evaluationLines("for this execution", asked.evaluation, paint, now)),
    );
  if (evaluation !== undefined)
    lines.push("", ...evaluationLines("last time that nothing came of it", evaluation, paint, now));
  if (lastExecution !== undefined)
    lines.push(
      "",
      `last started ${lastExecution.id} ${lastExecution.state} ${relativeTime(lastExecution.startDate, now)}`,
    );
  return lines.map((line) => `${line}\n`).join("");
}

function evaluationLines(
  title: string,
  evaluation: EvaluationAnswer | undefined,
  paint: Paint,
  now: number,
): readonly string[] {
  if (evaluation === undefined) return [];
  const { date, text, executionId, unmet } = evaluation;
  const what = executionId === undefined ? "" : `, looking at ${executionId}`;
  return [`${title}, ${relativeTime(date, now)}${what}: ${oneLine(text)}`, ...unmetLines(unmet, paint)];
}

function unmetLines(unmet: UnmetAnswer | undefined, paint: Paint): readonly string[] {
  if (unmet === undefined) return [];
  return [
    ...Object.entries(unmet.properties ?? {}).map(([name, value]) => `  ${oneLine(`${name}: ${value}`)}`),
    ...valueLines(unmet.actual).map((line) => paint("dim", `    ${line}`)),
    ...valueLines(unmet.values).map((line) => paint("dim", `    ${line}`)),
  ];
}

function nameOf(unmet: UnmetAnswer | undefined): string {
  return unmet === undefined ? "its conditions do not hold" : `${unmet.condition} does not hold`;
}
