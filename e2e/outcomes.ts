import { type Execution, hasEnded, readExecution } from "./executions.ts";
import { until } from "./server-process.ts";

/** These executions once they have ended. */
export function endedExecutions(api: string, ids: readonly string[]): Promise<readonly Execution[]> {
  const ended = async (id: string) => {
    const execution = await readExecution(api, id);
    return hasEnded(execution) ? execution : undefined;
  };
  return Promise.all(ids.map((id) => until(`execution ${id} ends`, () => ended(id))));
}

/** Resolves when these have succeeded, though the server may not answer for a while. */
export async function untilSucceeded(api: string, ids: readonly string[]): Promise<void> {
  for (const id of ids)
    await until(`${id} has succeeded`, async () => {
      const execution = await readExecution(api, id).catch(() => undefined);
      return execution?.state.current === "SUCCESS" ? true : undefined;
    });
}

/** Those that did not succeed, and how they ended. */
export function unsuccessful(executions: readonly Execution[]) {
  return executions
    .filter(({ state }) => state.current !== "SUCCESS")
    .map(({ id, flowId, state, error }) => ({ id, flowId, state: state.current, error }));
}

/** Places in the tree of an execution that have more than one task run. */
export function playedTwice({ taskRunList = [] }: Execution): readonly string[] {
  const places = taskRunList.map(({ parentTaskRunId, taskId, value, iteration }) =>
    [parentTaskRunId, taskId, value, iteration].join("/"),
  );
  return places.filter((place, index) => places.indexOf(place) !== index);
}

/** Dates of a schedule at which it fired, oldest first, in epoch milliseconds. */
export function firedDates(executions: readonly Execution[]): readonly number[] {
  const dates = executions.map(({ trigger }) => Date.parse(String(trigger?.variables["date"])));
  return dates.toSorted((left, right) => left - right);
}

/** Each second from the first of them to the last. */
export function everySecond(dates: readonly number[]): readonly number[] {
  return dates.map((_, index) => dates[0]! + index * 1_000);
}

/** The executions that started these as their children, which is each of them once. */
export function parentsOf(children: readonly Execution[]): readonly string[] {
  return children
    .flatMap(({ trigger }) => trigger?.variables["executionId"] ?? [])
    .map(String)
    .toSorted();
}
