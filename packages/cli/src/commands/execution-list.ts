import { parseAssignments } from "../options/assignments.ts";
import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { localTime } from "../terminal/local-time.ts";
import { paintFor } from "../run-view/create-run-view.ts";
import { lengthOf, paintState } from "../run-view/wording.ts";
import { formatTable, tellRest } from "../terminal/table.ts";
import { parseTimeLimit } from "../options/time-limit.ts";

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
    startDate: options.since === undefined ? undefined : sinceDate(options.since),
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

/** `--since 2h` or a date. */
function sinceDate(text: string): string {
  const date = new Date(text);
  return Number.isNaN(date.getTime())
    ? new Date(Date.now() - parseTimeLimit("--since", text)).toISOString()
    : date.toISOString();
}
