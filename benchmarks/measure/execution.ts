import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import type { ServerProcess } from "./server-process.ts";

export interface EndedExecution {
  readonly id: string;
  /** From its creation to its end, by the server's own dates. */
  readonly durationMs: number;
}

interface Found {
  readonly state: { readonly current: string; readonly startDate: string; readonly endDate?: string };
}

const OPEN = new Set(["CREATED", "RUNNING"]);
/** Seldom: to look costs the processor that is measured. How long it took is told by the server. */
const LOOK_MS = 250;

/**
 * Starts an execution and waits for its end; asks for the execution alone, because to show all of its task runs would cost more
 * than to run them. Throws when it ends in another state than SUCCESS.
 */
export async function runToEnd(server: ServerProcess, namespace: string, flowId: string): Promise<EndedExecution> {
  const executions = `${server.url}/api/v1/main/executions`;
  const response = await fetch(`${executions}/${namespace}/${flowId}`, { method: "POST", body: new FormData() });
  if (!response.ok) throw new Error(`The execution was refused: ${await response.text()}`);
  const { id } = (await response.json()) as { id: string };
  for (;;) {
    await wait(LOOK_MS);
    const found = await fetch(
      `${executions}/search?flowId=${flowId}&namespace=${namespace}&size=1&sort=state.startDate:desc`,
    );
    const { results } = (await found.json()) as { results: readonly Found[] };
    const { current, startDate, endDate = startDate } = results[0]!.state;
    if (OPEN.has(current)) continue;
    if (current !== "SUCCESS") throw new Error(`The execution ended ${current}.`);
    return { id, durationMs: Date.parse(endDate) - Date.parse(startDate) };
  }
}

/** What an execution has in its log. */
export async function readLog(server: ServerProcess, executionId: string): Promise<string> {
  return (await fetch(`${server.url}/api/v1/main/logs/${executionId}/download`)).text();
}

/** When each task run of a task ended, in epoch milliseconds, as the database of the server tells. */
export function endsOf(data: string, executionId: string, taskId: string): readonly number[] {
  return datesOf(data, executionId, taskId).map((dates) => dates.at(-1)!);
}

/** How long each task run of a task waited between CREATED, SUBMITTED and RUNNING: from the second to the third, in milliseconds. */
export function claimsOf(data: string, executionId: string, taskId: string): readonly number[] {
  return datesOf(data, executionId, taskId).map(([, submitted = 0, running = 0]) => running - submitted);
}

/** How long each task run of a task was RUNNING, in milliseconds. */
export function runTimesOf(data: string, executionId: string, taskId: string): readonly number[] {
  return datesOf(data, executionId, taskId).map((dates) => dates.at(-1)! - dates.at(-2)!);
}

/** When each state of each task run began. */
function datesOf(data: string, executionId: string, taskId: string): readonly (readonly number[])[] {
  const database = new DatabaseSync(join(data, "capstan.db"), { readOnly: true });
  const rows = database
    .prepare("SELECT body FROM task_runs WHERE tenant = 'main' AND execution_id = ? AND body ->> '$.taskId' = ?")
    .all(executionId, taskId) as unknown as readonly { body: string }[];
  database.close();
  // A history is a list of states, each with the milliseconds since the one before it.
  return rows.map(({ body }) => {
    let date = 0;
    const { history } = JSON.parse(body) as { history: readonly number[] };
    return history.filter((_, at) => at % 2 === 1).map((item) => (date += item));
  });
}
