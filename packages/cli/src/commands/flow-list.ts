import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { formatTable, tellRest } from "../terminal/table.ts";

export interface FlowListOptions extends ConnectionOptions {
  readonly namespace?: string;
  readonly json?: boolean;
}

const FLOWS_MAX = 1000;

export async function flowList(options: FlowListOptions): Promise<number> {
  const { results, total } = await connect(options).listFlows({ namespace: options.namespace, size: FLOWS_MAX });
  if (options.json === true) process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`);
  else if (total === 0) process.stderr.write(`no flows here — capstan flow apply PATH stores some\n`);
  else {
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
    tellRest(results.length, total);
  }
  return 0;
}
