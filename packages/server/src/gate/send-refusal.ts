import type { ServerResponse } from "node:http";
import { JSON_TYPE, send } from "../door/send.ts";
import { problemBody, Refusal } from "../refusal.ts";

/** Seconds after which a caller had better ask again. */
const RETRY_AFTER_S = "1";

/** Answers a request that nobody can take at the moment. */
export function sendRefusal(response: ServerResponse, url: string | undefined, refusal: Refusal): void {
  if (response.headersSent) return void response.destroy();
  response.setHeader("retry-after", RETRY_AFTER_S);
  const text = JSON.stringify(problemBody(refusal, url ?? ""));
  send(response, { status: refusal.status, contentType: JSON_TYPE, text });
}

export function leaderAbsent(): Refusal {
  return new Refusal("leader-absent", "No server takes work at the moment; ask again in a second");
}
