import type { ServerProcess } from "./server-process.ts";

export interface EndedExecution {
  /** From its creation to its end, by the server's own dates. */
  readonly durationMs: number;
  /** When each task run ended, in epoch milliseconds. */
  readonly taskRuns: readonly number[];
}

interface State {
  readonly current: string;
  readonly startDate: string;
  readonly endDate: string;
}

/** Starts an execution and waits for its end. Throws when it ends in another state than SUCCESS. */
export async function runToEnd(server: ServerProcess, namespace: string, flowId: string): Promise<EndedExecution> {
  const address = `${server.url}/api/v1/main/executions/${namespace}/${flowId}?wait=true`;
  const response = await fetch(address, { method: "POST", body: new FormData() });
  if (!response.ok) throw new Error(`The execution was refused: ${await response.text()}`);
  const { state, taskRunList } = (await response.json()) as { state: State; taskRunList: { state: State }[] };
  if (state.current !== "SUCCESS") throw new Error(`The execution ended ${state.current}.`);
  return {
    durationMs: Date.parse(state.endDate) - Date.parse(state.startDate),
    taskRuns: taskRunList.map((run) => Date.parse(run.state.endDate)),
  };
}
