import type { ExecutionAnswer } from "@capstan/api";
import type { Client } from "../client.ts";
import { connect, type ConnectionOptions } from "../connection.ts";
import { Mistake } from "../mistake.ts";
import { isPipeline, processEnvironment } from "../process-environment.ts";
import { createRunView } from "../run-view/create-run-view.ts";
import type { RunView } from "../run-view/run-view.ts";

export function executionFollow(id: string, options: ConnectionOptions): Promise<number> {
  return followOnServer(connect(options), id);
}

/** Shows an execution until it ends; 0 for SUCCESS and WARNING. */
export async function followOnServer(client: Client, id: string): Promise<number> {
  const view = createRunView(process.stdout, isPipeline(processEnvironment()));
  const ended = new AbortController();
  const logs = showLogs(client, id, view, ended.signal);
  let last: ExecutionAnswer | undefined;
  for await (const event of client.followExecution(id, ended.signal)) {
    last = event.data;
    if (event.id === "end") break;
    view.update(event.data);
  }
  // The stream of logs has no end of its own, and may be behind.
  ended.abort();
  const shown = await logs;
  view.log((await client.listLogs(id)).slice(shown));
  if (last === undefined) throw new Mistake(`the server closed the stream of ${id} — try again`, { exitCode: 1 });
  view.end(last);
  return last.state.current === "SUCCESS" || last.state.current === "WARNING" ? 0 : 1;
}

/** Shows lines until the signal aborts; answers how many. */
async function showLogs(client: Client, id: string, view: RunView, signal: AbortSignal): Promise<number> {
  let shown = 0;
  try {
    for await (const { data } of client.followLogs(id, signal)) {
      view.log([data]);
      shown += 1;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return shown;
}
