import { type ExecutionSummary, formatDuration, type TaskRunSummary } from "@capstan/sdk";

/** What is told of an execution, before a service shapes it. */
export interface Report {
  readonly execution: ExecutionSummary;
  /** One line: which flow, and how it went. */
  readonly title: string;
  /** Names and values, in the order in which they are to be read. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** What the flow adds in its own words. */
  readonly message: string | undefined;
  readonly mood: Mood;
}

/** As a traffic light has it; grey for what is still under way, or was ended by somebody. */
export type Mood = "good" | "warning" | "bad" | "neutral";

const MOODS: Readonly<Record<string, Mood>> = { SUCCESS: "good", WARNING: "warning", FAILED: "bad" };

export interface ReportOptions {
  readonly customMessage?: string | undefined;
  readonly customFields?: Readonly<Record<string, unknown>> | undefined;
}

/** `now`, in epoch milliseconds, is how long an execution that runs has lasted. */
export function reportOf(execution: ExecutionSummary, now: number, options: ReportOptions): Report {
  const { namespace, flowId, state, startDate, endDate, firstFailed, lastTask } = execution;
  const facts = [
    ["Execution", execution.executionId],
    ["Started", new Date(startDate).toISOString()],
    ["Duration", formatDuration((endDate ?? now) - startDate)],
    ["Failed task", failureOf(execution)],
    ["Last task", lastTask === undefined || isSame(lastTask, firstFailed) ? undefined : nameOf(lastTask)],
    ...Object.entries(options.customFields ?? {}).map(([name, value]) => [name, textOf(value)] as const),
  ] as const;
  return {
    execution,
    title: `${namespace}.${flowId} ${state}`,
    facts: facts.filter((fact): fact is readonly [string, string] => fact[1] !== undefined),
    message: options.customMessage,
    // A task that tells of its own execution, which goes on as long as it does, is asked for because of what failed.
    mood: MOODS[state] ?? (firstFailed === undefined ? "neutral" : "bad"),
  };
}

/** All of it as lines of text, for services that take no more; the title not among them. */
export function linesOf({ facts, message, execution }: Report): readonly string[] {
  return [
    ...(message === undefined ? [] : [message]),
    ...facts.map(([name, value]) => `${name}: ${value}`),
    ...(execution.url === undefined ? [] : [execution.url]),
  ];
}

/** Names and values as a map. */
export function detailsOf({ facts, message, execution }: Report): Readonly<Record<string, string>> {
  const { namespace, flowId, state, url } = execution;
  return {
    Flow: `${namespace}.${flowId}`,
    State: state,
    ...Object.fromEntries(facts),
    ...(message !== undefined && { Message: message }),
    ...(url !== undefined && { Link: url }),
  };
}

function failureOf({ firstFailed, error }: ExecutionSummary): string | undefined {
  if (firstFailed === undefined) return error;
  return firstFailed.error ?? nameOf(firstFailed);
}

function nameOf({ taskId, value }: TaskRunSummary): string {
  return value === undefined ? taskId : `${taskId} (${value})`;
}

function isSame(one: TaskRunSummary, other: TaskRunSummary | undefined): boolean {
  return one.taskId === other?.taskId && one.value === other.value;
}

function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}
