import type { IncomingMessage, RequestListener } from "node:http";
import { WORKERS_PATH } from "@capstan/runtime";
import { LIVENESS, READINESS } from "../door/health.ts";
import { JSON_TYPE, send } from "../door/send.ts";
import { problemBody, Refusal } from "../refusal.ts";
import { timesPassedOn } from "./passed-on.ts";

/**
 * Of a server without the role `webserver`: answers probes, workers, and what other servers pass on; whoever else asks is told to ask
 * another one. `isHost`: whether a member is reached at an address.
 */
export function turnClientsAway(answer: RequestListener, isHost: (address: string) => boolean): RequestListener {
  return (request, response) => {
    const { url = "" } = request;
    const isOpen = url === LIVENESS || READINESS.includes(url) || url.startsWith(`${WORKERS_PATH}/`);
    if (isOpen || isPassedOn(request, isHost)) return answer(request, response);
    const refusal = new Refusal("role-missing", "This server does not have the role webserver");
    const text = JSON.stringify(problemBody(refusal, url));
    send(response, { status: refusal.status, contentType: JSON_TYPE, text });
  };
}

function isPassedOn(request: IncomingMessage, isHost: (address: string) => boolean): boolean {
  return timesPassedOn(request) > 0 && isHost(request.socket.remoteAddress ?? "");
}
