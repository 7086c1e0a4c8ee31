import { TaskFailure } from "@capstan/sdk";
import type { isRetryableError } from "@temporalio/client";

/** Codes of gRPC that something can be said to. */
const DEADLINE = 4;
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
const ADVICE: Readonly<Record<number, string>> = {
  [DEADLINE]: "See whether the server is well, and whether a worker runs where one is needed.",
  [NOT_FOUND]: "Check the ids and `namespace`, and whether the workflow still runs.",
  7: "Check what the API key or the certificate allows in this `namespace`.",
  14: "Check `endpoint` and `tls`, and whether the server runs.",
  16: "Check `apiKey`, or `clientCert` and `clientKey`.",
};

/** What a call fails with, whoever says so. */
export type GrpcError = Error & Parameters<typeof isRetryableError>[0];

/** What a call of the server failed with, as a failure that says what to do. Anything else stays what it is. */
export function failureOf(error: unknown, what: string, place: string): unknown {
  if (!isGrpcError(error)) return error;
  const advice = ADVICE[error.code];
  const said = plainly(error.details);
  const message = `${what} failed at Temporal (${place}): ${said === "" ? error.message : said}.`;
  return new TaskFailure(advice === undefined ? message : `${message} ${advice}`, { cause: error });
}

/** Without the addresses and places in the sources that OpenSSL tells of, and without what the client adds for itself. */
function plainly(details: string): string {
  const [said = ""] = details
    .replace(/\b[\dA-F]+:error:[\dA-F]+:[^:]*:[^:]*:([^:]+):[^]*$/u, "$1")
    .split(/\s*Resolution note:/u);
  const [, seconds] = /^Deadline exceeded after ([\d.]+)s/u.exec(said) ?? [];
  if (seconds !== undefined) return `there was no answer within ${Math.round(Number(seconds))} seconds`;
  return said.replace(/\s+/gu, " ").trim().replace(/\.$/u, "");
}

/** Whether a failure is that there is something of this id already. */
export function isAlreadyThere(error: unknown): boolean {
  return codeOf(error) === ALREADY_EXISTS;
}

/** Whether a failure is that there is nothing of this id. */
export function isNotThere(error: unknown): boolean {
  return codeOf(error) === NOT_FOUND;
}

function codeOf(error: unknown): number | undefined {
  const { cause } = error instanceof TaskFailure ? error : {};
  return isGrpcError(cause) ? cause.code : undefined;
}

export function isGrpcError(error: unknown): error is GrpcError {
  if (!(error instanceof Error)) return false;
  const { code, details } = error as Partial<GrpcError>;
  return typeof code === "number" && typeof details === "string";
}

/** The part of a failure of a workflow that is told. */
export interface WorkflowFailure {
  readonly message?: string | null;
  readonly cause?: WorkflowFailure | null;
  readonly applicationFailureInfo?: { readonly type?: string | null } | null;
  readonly activityFailureInfo?: { readonly activityType?: { readonly name?: string | null } | null } | null;
  readonly childWorkflowExecutionFailureInfo?: {
    readonly workflowType?: { readonly name?: string | null } | null;
  } | null;
}

/** Why a workflow failed, from the outside to what it began with: `the activity Charge failed: card declined (CardDeclined)`. */
export function reasonOf(failure: WorkflowFailure | null | undefined): string {
  const parts: string[] = [];
  for (let each = failure; each != null; each = each.cause) {
    const { message, applicationFailureInfo, activityFailureInfo, childWorkflowExecutionFailureInfo } = each;
    const type = applicationFailureInfo?.type ?? "";
    const activity = activityFailureInfo?.activityType?.name ?? "";
    const child = childWorkflowExecutionFailureInfo?.workflowType?.name ?? "";
    const said = (message ?? "").trim();
    if (activity !== "") parts.push(`the activity ${activity} failed`);
    else if (child !== "") parts.push(`the child workflow ${child} failed`);
    else parts.push(type === "" ? said : `${said} (${type})`);
  }
  return parts.filter((part) => part !== "").join(": ");
}
