import { parseInputs } from "../options/assignments.ts";
import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { formOf } from "./execution-start.ts";

export interface ExecutionResumeOptions extends ConnectionOptions {
  readonly input?: readonly string[];
}

/** Lets a paused execution go on, with the inputs that its pause asks for. */
export async function executionResume(id: string, options: ExecutionResumeOptions): Promise<number> {
  const inputs = parseInputs(options.input);
  await connect(options).resumeExecution(id, await formOf(inputs, undefined));
  process.stdout.write(`resumed ${id}\n`);
  return 0;
}
