import { connect, type ConnectionOptions } from "../connection.ts";
import { formatTable } from "../table.ts";

export interface FlowListOptions extends ConnectionOptions {
  readonly namespace?: string;
  readonly json?: boolean;
}

export async function flowList(options: FlowListOptions): Promise<number> {
  const { results } = await connect(options).listFlows({ namespace: options.namespace, size: 1000 });
  if (options.json === true) process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`);
  else
    process.stdout.write(
      formatTable(
        ["NAMESPACE", "ID", "REVISION", "DISABLED"],
        results.map(({ namespace, id, revision, disabled }) => [
          namespace,
          id,
          String(revision),
          disabled === true ? "yes" : "",
        ]),
      ),
    );
  return 0;
}
