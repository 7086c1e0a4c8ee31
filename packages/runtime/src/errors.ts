/**
 * Permanent codes of what the runtime refuses: `title` names the kind of refusal, `status` is the HTTP status that fits, `hint`
 * says what to do about it.
 */
export const REQUEST_ERRORS = {
  "flow-not-found": {
    title: "There is no such flow, or no such revision of it",
    status: 404,
    hint: "Look at the names with `capstan flow list`. A flow that was deleted has no latest revision.",
  },
  "flow-invalid": {
    title: "The flow has mistakes",
    status: 422,
    hint: "Repair what is named, each with its line and column; `capstan validate` checks without a server.",
  },
  "flow-exists": {
    title: "There is a flow with this id already",
    status: 422,
    hint: "Update it instead of creating it.",
  },
  "flow-id-changed": {
    title: "The flow's source has another id than the address",
    status: 422,
    hint: "Send it to the address of its own id. A flow gets another id by creating it anew.",
  },
  "flow-namespace-changed": {
    title: "The flow's source has another namespace than the address",
    status: 422,
    hint: "Send it to the address of its own namespace. A flow moves by creating it anew.",
  },
  "flow-disabled": {
    title: "The flow is disabled",
    status: 409,
    hint: "Take `disabled: true` out of the flow, or enable it with `POST flows/enable/by-ids`.",
  },
  "inputs-invalid": {
    title: "Inputs are missing, unknown or not as the flow declares them",
    status: 422,
    hint: "Repair every input that is named.",
  },
  "check-failed": {
    title: "A check of the flow refuses these inputs",
    status: 422,
    hint: "Read the check's own message: the author of the flow wrote it.",
  },
  "subflows-too-deep": {
    title: "Flows call each other too deeply",
    status: 422,
    hint: "Look for flows that call each other in a circle.",
  },
  "too-many-descendants": {
    title: "Too many executions descend from one",
    status: 422,
    hint: "Look for flows that start each other without end, or raise `executions.descendantsMax`.",
  },
  "execution-unstorable": {
    title: "The execution holds a value that can't be stored",
    status: 422,
    hint: "Look at the value that the message names.",
  },
  "execution-not-found": {
    title: "There is no such execution",
    status: 404,
    hint: "Look for it with `capstan execution list`; it may have been deleted.",
  },
  "execution-ended": {
    title: "The execution has ended",
    status: 409,
    hint: "Restart or replay it, or start another one.",
  },
  "execution-not-ended": {
    title: "The execution has not ended",
    status: 409,
    hint: "Wait for its end, or kill it first.",
  },
  "execution-running": {
    title: "The execution is still being worked on",
    status: 409,
    hint: "Wait for its end, or kill it first.",
  },
  "execution-not-running": {
    title: "Only an execution that runs can be paused",
    status: 409,
    hint: "Ask again when it is RUNNING.",
  },
  "execution-not-waiting": {
    title: "Only an execution that waits can be let run",
    status: 409,
    hint: "Look at its state: what is QUEUED can be taken from the queue; what is CREATED, QUEUED or PAUSED can be forced to run.",
  },
  "execution-not-paused": {
    title: "The execution is not paused",
    status: 409,
    hint: "Resume it when it is PAUSED; one that has ended can be restarted.",
  },
  "review-awaited": {
    title: "The execution waits for a review, which a resume does not give",
    status: 409,
    hint: "Approve or deny it, with `capstan execution review` or POST …/actions/review.",
  },
  "review-not-awaited": {
    title: "Nothing there waits for a review",
    status: 409,
    hint: "An Approval can be reviewed once, while it is PAUSED.",
  },
  "review-ambiguous": {
    title: "Several approvals wait for a review",
    status: 422,
    hint: "Name the task run that is meant.",
  },
  "comment-required": {
    title: "The approval wants a comment",
    status: 422,
    hint: "Say why, with `--comment` or the part kestra_review_comment of the form.",
  },
  "nothing-to-restart": {
    title: "No task of the execution failed",
    status: 422,
    hint: "Replay it as a new execution, or start another one.",
  },
  "state-not-terminal": {
    title: "Only a final state can be changed, into a final one",
    status: 409,
    hint: "Wait for the execution's end or kill it first, and choose a final state such as SUCCESS or FAILED.",
  },
  "task-run-not-found": {
    title: "The execution has no such task run",
    status: 404,
    hint: "Look at its task runs with `capstan execution get`.",
  },
  "label-reserved": {
    title: "Labels that begin with `system.` are the system's own",
    status: 422,
    hint: "Choose another key.",
  },
  "trigger-not-found": {
    title: "There is no such trigger",
    status: 404,
    hint: "Look at the flow's triggers; one that never was evaluated may have no state yet.",
  },
  "trigger-unreadable": {
    title: "The schedule of the trigger can't be read",
    status: 422,
    hint: "Repair the trigger in its flow; the message says what is wrong with it.",
  },
  "trigger-locked": {
    title: "A running execution locks the trigger",
    status: 409,
    hint: "Wait for the execution's end, or unlock the trigger first.",
  },
  "webhook-not-found": {
    title: "The flow has no webhook with this key",
    status: 404,
    hint: "Compare the key of the address with that of the trigger.",
  },
  "webhook-signature": {
    title: "The call of the webhook is not signed as its trigger wants",
    status: 401,
    hint: "Compare the secret, and the `signature` of the trigger with what the sender does.",
  },
  "webhook-disabled": {
    title: "The webhook, or its flow, is disabled",
    status: 409,
    hint: "Take `disabled: true` out of the trigger and of the flow, or enable the trigger again.",
  },
  "webhook-conditions": {
    title: "The webhook's conditions do not hold, or can't be evaluated",
    status: 409,
    hint: "Nothing is started. A call of the webhook itself is answered with 204.",
  },
  "idempotency-key-busy": {
    title: "A request with the same Idempotency-Key is still being worked on",
    status: 409,
    hint: "Send it again a moment later: it is answered as the first one was.",
  },
  "idempotency-key-reused": {
    title: "The Idempotency-Key was sent before with another request",
    status: 422,
    hint: "Choose a new key for each request; send the old one only with the very same request.",
  },
} as const satisfies Record<string, { title: string; status: number; hint: string }>;

export type RequestErrorCode = keyof typeof REQUEST_ERRORS;

/** An answer that refuses: a mistake of the caller, as data. `status` is the HTTP status that fits. */
export class RequestError extends Error {
  readonly code: RequestErrorCode;
  readonly status: number;
  /** Every problem on its own, when there are several. */
  readonly problems: readonly string[];
  constructor(code: RequestErrorCode, message: string, problems: readonly string[] = []) {
    super(message);
    this.name = "RequestError";
    this.code = code;
    this.status = REQUEST_ERRORS[code].status;
    this.problems = problems;
  }
}
