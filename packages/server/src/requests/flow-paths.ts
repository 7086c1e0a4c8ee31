import type { IncomingHttpHeaders } from "node:http";
import type { Route } from "@capstan/api";

/**
 * A flow may be called like something that is done to an execution: `POST /executions/company.team/state` with a form starts
 * the flow `state`, since changing the state of a task run takes no form. Such a path becomes the longer one of the start.
 */
export function flowPaths(
  routes: Iterable<Route>,
): (url: string, method: string, headers: IncomingHttpHeaders) => string {
  const words = new Set<string>();
  for (const { method, path, body } of routes) {
    const word = /^\/executions\/\{executionId\}\/([\w-]+)$/.exec(path)?.[1];
    const takesForm = body?.kind === "multipart" || (body?.kind === "text" && body.orForm === true);
    if (method === "POST" && word !== undefined && !takesForm) words.add(word);
  }
  return (url, method, headers) => {
    if (method !== "POST" || !/^multipart\//i.test(headers["content-type"] ?? "")) return url;
    const match = /^(\/api\/v1\/[^/]+\/executions)(\/[^/]+\/([\w-]+)(?:\?.*)?)$/.exec(url);
    return match !== null && words.has(match[3]!) ? `${match[1]}/trigger${match[2]}` : url;
  };
}
