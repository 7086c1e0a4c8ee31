import { parseInputs } from "../options/assignments.ts";
import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { formOf } from "./execution-start.ts";

export interface ExecutionReviewOptions extends ConnectionOptions {
  readonly input?: readonly string[];
  readonly comment?: string;
  readonly taskRun?: string;
}

/** Approves or denies what an execution waits for. */
export async function executionReview(
  id: string,
  decision: "approve" | "deny",
  options: ExecutionReviewOptions,
): Promise<number> {
  const form = await formOf(parseInputs(options.input), undefined);
  if (options.comment !== undefined) form.set("kestra_review_comment", options.comment);
  const review = { decision: decision === "approve" ? "APPROVE" : "DENY", taskRunId: options.taskRun } as const;
  await connect(options).reviewExecution(id, review, form);
  process.stdout.write(`${decision === "approve" ? "approved" : "denied"} ${id}\n`);
  return 0;
}
