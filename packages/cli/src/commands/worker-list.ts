import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { localTime } from "../terminal/local-time.ts";
import { readableDuration } from "../terminal/readable-duration.ts";
import { formatTable } from "../terminal/table.ts";

export interface WorkerListOptions extends ConnectionOptions {
  readonly json?: boolean;
}

export async function workerList(options: WorkerListOptions): Promise<number> {
  const workers = await connect(options).listWorkers();
  if (options.json === true) process.stdout.write(`${JSON.stringify(workers, undefined, 2)}\n`);
  else
    process.stdout.write(
      formatTable(
        ["STATE", "NAME", "GROUPS", "RUNNING", "HOST", "VERSION", "SINCE", "SILENT FOR", "ID"],
        workers.map(({ state, name, groups, running, capacity, host, version, since, silentMs, id }) => [
          state,
          name,
          groups.length === 0 ? "(default)" : groups.join(", "),
          `${running} of ${capacity}`,
          host,
          version,
          localTime(since),
          readableDuration(silentMs),
          id,
        ]),
      ),
    );
  return 0;
}
