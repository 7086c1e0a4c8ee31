import { Mistake } from "../mistake.ts";
import { parseAssignments } from "../options/assignments.ts";
import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { localTime } from "../terminal/local-time.ts";
import { paintFor } from "../run-view/create-run-view.ts";
import { lengthOf, paintState } from "../run-view/wording.ts";
import { formatTable, tellRest } from "../terminal/table.ts";
import { timeLimitMs } from "../options/time-limit.ts";

export interface ExecutionListOptions extends ConnectionOptions {
  readonly namespace?: string;
  readonly flow?: string;
  readonly state?: readonly string[];
  readonly label?: readonly string[];
  readonly since?: string;
  readonly limit: number;
  readonly json?: boolean;
}

export async function executionList(options: ExecutionListOptions): Promise<number> {
  const paint = paintFor(process.stdout);
  const now = Date.now();
  const { results, total } = await connect(options).listExecutions({
    namespace: options.namespace,
    flowId: options.flow,
    state: options.state?.map((state) => state.toUpperCase()),
    labels: parseAssignments("--label", options.label ?? []).map(({ key, value }) => `${key}:${value}`),
    startDate: options.since === undefined ? undefined : sinceDate(options.since, now),
    size: options.limit,
    sort: "state.startDate:desc",
  });
  if (options.json === true) process.stdout.write(`${JSON.stringify({ results, total }, undefined, 2)}\n`);
  else if (total === 0) process.stderr.write("no executions match\n");
  else {
    process.stdout.write(
      formatTable(
        ["ID", "STATE", "FLOW", "START", "DURATION"],
        results.map(({ id, state, namespace, flowId }) => [
          id,
          paintState(state.current, paint),
          `${namespace}.${flowId}`,
          localTime(state.startDate),
          lengthOf(state, now),
        ]),
      ),
    );
    tellRest(results.length, total);
  }
  return 0;
}

/** `--since 2h` or a date. Throws `Mistake`. */
export function sinceDate(text: string, now: number): string {
  const limitMs = timeLimitMs(text);
  const date = limitMs === undefined ? new Date(text) : new Date(now - limitMs);
  if (Number.isNaN(date.getTime()))
    throw new Mistake(`--since ${text}: no time — write it as 2h, 7d, 2026-01-31 or 2026-01-31T08:00:00Z`);
  return date.toISOString();
}
