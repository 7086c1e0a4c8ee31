import type { IncomingHttpHeaders } from "node:http";
import { type Received, startServer } from "@capstan/sdk/test-kit";
import { z } from "zod";

export interface Route {
  /** What a body must be; without it, there must be none that is JSON. */
  readonly request?: z.ZodType;
  /** A function makes it of what was asked. */
  readonly answer: unknown;
}

/** Answers one after the other; the last one for ever. */
export function inTurn(answers: readonly unknown[]): () => unknown {
  let asked = 0;
  return () => answers[Math.min(asked++, answers.length - 1)];
}

export interface FakeApi extends AsyncDisposable {
  /** Up to the version. */
  readonly baseUrl: string;
  readonly received: readonly Received[];
  /** Bodies that came as JSON, in their order. */
  readonly bodies: readonly unknown[];
}

/**
 * A server that speaks a vendor's API on the routes `METHOD /path`. It refuses what isn't as documented: another key, unknown
 * fields, and routes that aren't there.
 */
export async function startFakeApi(
  { prefix, isAllowed }: { readonly prefix: string; readonly isAllowed: (headers: IncomingHttpHeaders) => boolean },
  routes: Readonly<Record<string, Route>>,
): Promise<FakeApi> {
  const server = await startServer((request, response) => {
    const { body } = server.received.at(-1)!;
    const refuse = (status: number, message: string) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ error: { message } }));
    const [path = ""] = (request.url ?? "").split("?");
    const route = routes[`${request.method} ${path.slice(prefix.length)}`];
    if (!path.startsWith(prefix) || route === undefined) return refuse(404, `no ${request.method} ${path}`);
    if (!isAllowed(request.headers)) return refuse(401, "the key is not that of the test");
    if (route.request !== undefined) {
      const checked = route.request.safeParse(JSON.parse(body));
      if (!checked.success) return refuse(400, z.prettifyError(checked.error));
    }
    const { answer } = route;
    const answered: unknown =
      typeof answer === "function" ? (answer as (asked: unknown) => unknown)(jsonOf(body)) : answer;
    return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answered));
  });
  return {
    baseUrl: `${server.url}${prefix}`,
    received: server.received,
    get bodies() {
      return server.received.map(({ body }) => JSON.parse(body) as unknown);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function jsonOf(body: string): unknown {
  return body.startsWith("{") ? JSON.parse(body) : undefined;
}
