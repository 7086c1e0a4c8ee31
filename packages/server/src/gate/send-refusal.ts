import type { ServerResponse } from "node:http";
import { ANSWER_HEADERS } from "../answer-headers.ts";
import { problemBody, type Refusal } from "../refusal.ts";

/** Seconds after which a caller had better ask again. */
const RETRY_AFTER_S = "1";

/** Answers a request that nobody can take at the moment. */
export function sendRefusal(response: ServerResponse, url: string | undefined, refusal: Refusal): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(refusal.status, {
    ...ANSWER_HEADERS,
    "content-type": "application/json; charset=utf-8",
    "retry-after": RETRY_AFTER_S,
  });
  response.end(JSON.stringify(problemBody(refusal, url ?? "")));
}
