import type { ExecutionAnswer } from "@capstan/api";
import type { Client } from "../api-client/client.ts";
import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { Mistake } from "../mistake.ts";
import { isPipeline, processEnvironment } from "../process-environment.ts";
import { createRunView } from "../run-view/create-run-view.ts";
import { createJsonView } from "../run-view/json-view.ts";
import type { RunView } from "../run-view/run-view.ts";

export interface ExecutionFollowOptions extends ConnectionOptions {
  readonly json?: boolean;
}

export function executionFollow(id: string, options: ExecutionFollowOptions): Promise<number> {
  return followOnServer(connect(options), id, options.json === true);
}

/** Shows an execution until it ends, or with `isJson` prints it then; 0 for SUCCESS and WARNING. */
export async function followOnServer(client: Client, id: string, isJson: boolean): Promise<number> {
  // A refusal is told before two streams are opened.
  await client.getExecution(id);
  const view = isJson
    ? createJsonView(process.stdout, process.stderr)
    : createRunView(process.stdout, isPipeline(processEnvironment()));
  const ended = new AbortController();
  const logs = showLogs(client, id, view, ended.signal);
  const last = await showChanges(client, id, view, ended.signal);
  // The stream of logs has no end of its own, and may be behind.
  ended.abort();
  const shown = await logs;
  if (last === undefined) {
    view.close();
    throw new Mistake(`the server has ended the stream — the execution goes on: capstan execution follow ${id}`, {
      exitCode: 1,
    });
  }
  view.log((await client.listLogs(id)).slice(shown));
  view.end(last);
  return last.state.current === "SUCCESS" || last.state.current === "WARNING" ? 0 : 1;
}

/** Shows changes until the last one, and answers it; undefined when the stream breaks off before. */
async function showChanges(
  client: Client,
  id: string,
  view: RunView,
  signal: AbortSignal,
): Promise<ExecutionAnswer | undefined> {
  try {
    let isPaused = false;
    for await (const event of client.followExecution(id, signal)) {
      if (event.id === "end") return event.data;
      if (event.id === "start") continue;
      const wasPaused = isPaused;
      isPaused = event.data.state.current === "PAUSED";
      if (isPaused && !wasPaused)
        view.notice(`paused: capstan execution resume ${id} lets it go on, or review where it waits for an approval`);
      view.update(event.data);
    }
  } catch (error) {
    // What `fetch` throws when the connection breaks.
    if (!(error instanceof TypeError)) throw error;
  }
  return undefined;
}

/** Shows lines until the signal aborts or the stream breaks off; answers how many. */
async function showLogs(client: Client, id: string, view: RunView, signal: AbortSignal): Promise<number> {
  let shown = 0;
  try {
    for await (const { data } of client.followLogs(id, signal)) {
      view.log([data]);
      shown += 1;
    }
  } catch {
    // A stream that breaks off: the changes tell what came of the execution, and the rest of the lines is read then.
  }
  return shown;
}
