import { connect, type ConnectionOptions } from "../connection.ts";
import { formatTable } from "../table.ts";

export interface ExecutionListOptions extends ConnectionOptions {
  readonly namespace?: string;
  readonly flow?: string;
  readonly state?: readonly string[];
  readonly limit: number;
  readonly json?: boolean;
}

export async function executionList(options: ExecutionListOptions): Promise<number> {
  const { results, total } = await connect(options).listExecutions({
    namespace: options.namespace,
    flowId: options.flow,
    state: options.state,
    size: options.limit,
    sort: "state.startDate:desc",
  });
  if (options.json === true) process.stdout.write(`${JSON.stringify({ results, total }, undefined, 2)}\n`);
  else
    process.stdout.write(
      formatTable(
        ["ID", "STATE", "FLOW", "START", "DURATION"],
        results.map(({ id, state, namespace, flowId }) => [
          id,
          state.current,
          `${namespace}.${flowId}`,
          state.startDate,
          state.duration,
        ]),
      ),
    );
  return 0;
}
