import { isTerminal } from "@capstan/model";
import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { Mistake } from "../mistake.ts";

/** Kills an execution with its subflows; one that has ended is a mistake, although subflows may have outlived it. */
export async function executionKill(id: string, options: ConnectionOptions): Promise<number> {
  const client = connect(options);
  const { state } = await client.getExecution(id);
  if (isTerminal(state.current))
    throw new Mistake(
      `the execution ${id} has ended, it is ${state.current}: nothing is killed — a subflow that it did not wait for is killed by its own id`,
      { exitCode: 1 },
    );
  await client.killExecution(id);
  process.stdout.write(`killing ${id}\n`);
  return 0;
}
