import type { QueueAnswer } from "@capstan/api";
import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { localTime } from "../terminal/local-time.ts";
import { formatTable, tellRest } from "../terminal/table.ts";

export interface QueueListOptions extends ConnectionOptions {
  readonly namespace?: string;
  readonly flow?: string;
  readonly waiting?: boolean;
  readonly limit: number;
  readonly json?: boolean;
}

export async function queueList(options: QueueListOptions): Promise<number> {
  const { results, total } = await connect(options).listQueues({
    namespace: options.namespace,
    flowId: options.flow,
    waiting: options.waiting === true ? "true" : undefined,
    size: options.limit,
  });
  if (options.json === true) process.stdout.write(`${JSON.stringify({ results, total }, undefined, 2)}\n`);
  else if (total === 0) process.stderr.write("nothing runs or waits behind a limit\n");
  else {
    process.stdout.write(formatTable(["WHERE", "LIMIT", "KEY", "RUN", "WAIT", "SINCE", "NEXT"], results.map(rowOf)));
    tellRest(results.length, total);
  }
  return 0;
}

function rowOf(queue: QueueAnswer): readonly string[] {
  const { key = "", running, waiting, waitingSince, next } = queue;
  const since = waitingSince === undefined ? "" : localTime(waitingSince);
  return [placeOf(queue), limitOf(queue), key, String(running), String(waiting), since, next[0] ?? ""];
}

function placeOf({ namespace, flowId }: QueueAnswer): string {
  if (namespace === undefined) return "(tenant)";
  return flowId === undefined ? namespace : `${namespace}.${flowId}`;
}

function limitOf({ kind, limit, taskType, waiting, window }: QueueAnswer): string {
  const most = limit === undefined ? "no limit" : String(limit);
  switch (kind) {
    case "CONCURRENCY":
      return `${most} at once`;
    case "QUOTA":
      return window === undefined ? most : `${most} in ${window.duration}, until ${localTime(window.endsAt)}`;
    case "TASKS":
      return `${most} × ${taskType?.split(".").at(-1) ?? ""}`;
    case "BATCH": {
      const full = `${waiting} of ${most}`;
      return window === undefined ? full : `${full}, begins at ${localTime(window.endsAt)}`;
    }
    default:
      return kind satisfies never;
  }
}
