import { Refusal } from "../refusal.ts";

/** What the request with a key created is known, and is there no more. */
export function answerGone(executionId: string): Refusal {
  return new Refusal(
    "idempotency-answer-gone",
    `The request with this Idempotency-Key started the execution ${executionId}, which was deleted since: send a new key to start another one`,
  );
}
