import type { IncomingMessage, ServerResponse } from "node:http";
import { type Received, startServer } from "@capstan/sdk/test-kit";
import { z } from "zod";

/** What a fake answers beside 200 and JSON. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer, or what makes one when the request comes. */
export type Answer = unknown;

export interface Route {
  /** All parameters of the query; without it, there must be none. */
  readonly query?: Readonly<Record<string, string>>;
  /** What a body must be; without it, there must be none. */
  readonly request?: z.ZodType;
  /** All fields of a form. */
  readonly form?: Readonly<Record<string, string>>;
  /** One after the other; the last is given for ever. */
  readonly answers: readonly Answer[];
}

/** By `METHOD /path`, or with a query, decoded, behind it: then that is the one that is asked for. */
export type Routes = Readonly<Record<string, Route>>;

export interface FakeService extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
  /** Requests as `METHOD /path`, without the query. */
  readonly asked: readonly string[];
  /** Body of the last request of a route, from JSON. */
  body(route: string): unknown;
}

const replyMark = Symbol("reply");

/** An answer with another status, headers, or a body that is no JSON (a text is sent as it is). */
export function reply(status: number, body?: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { [replyMark]: { status, body, headers } satisfies Reply };
}

/**
 * A service that takes what its routes say and nothing else: another credential, path, query, or body is refused, so that a test of
 * what is asked can't pass by chance.
 */
export async function startService(authorization: string | undefined, routes: Routes): Promise<FakeService> {
  const given = new Map<Route, number>();
  const server = await startServer((request, response) => {
    const { body } = server.received.at(-1)!;
    const [path = "", query = ""] = (request.url ?? "").split("?");
    const whole = `${request.method} ${decodeURIComponent(request.url ?? "")}`;
    const route = routes[whole] ?? routes[`${request.method} ${path}`];
    if (route === undefined) return send(response, { status: 404, body: `no ${request.method} ${path}` });
    const isFree = path.endsWith("/token");
    if (!isFree && request.headers.authorization !== authorization)
      return send(response, { status: 401, body: "not the credentials of the test" });
    const mistake = mistakeOf(route, query !== "" && whole in routes ? "" : query, request, body);
    if (mistake !== undefined) return send(response, { status: 400, body: mistake });
    const index = given.get(route) ?? 0;
    given.set(route, index + 1);
    const answer = route.answers[Math.min(index, route.answers.length - 1)];
    return send(response, replyOf(typeof answer === "function" ? (answer as () => Answer)() : answer));
  });
  const { received } = server;
  const nameOf = ({ method, url }: Received) => `${method} ${url.split("?")[0]}`;
  return {
    url: server.url,
    received,
    get asked() {
      return received.map(nameOf);
    },
    body: (route) => JSON.parse(received.findLast((one) => nameOf(one) === route)!.body) as unknown,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function mistakeOf(route: Route, query: string, { headers }: IncomingMessage, body: string): string | undefined {
  const sent = Object.fromEntries(new URLSearchParams(query));
  if (JSON.stringify(sent) !== JSON.stringify(route.query ?? {})) return `the query is ${query}`;
  const type = headers["content-type"] ?? "";
  if (route.form !== undefined) {
    const isForm = type === "application/x-www-form-urlencoded";
    const isSame = JSON.stringify(Object.fromEntries(new URLSearchParams(body))) === JSON.stringify(route.form);
    return isForm && isSame ? undefined : `the form is ${body}, of type ${type}`;
  }
  if (route.request === undefined) return body === "" ? undefined : `the body is ${body}`;
  if (type !== "application/json") return `the type is ${type}`;
  const checked = route.request.safeParse(JSON.parse(body));
  return checked.success ? undefined : z.prettifyError(checked.error);
}

function replyOf(answer: Answer): Reply {
  const marked = answer as { [replyMark]?: Reply } | undefined;
  return marked?.[replyMark] ?? { status: 200, body: answer };
}

function send(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  const isText = typeof body === "string";
  response.writeHead(status, { "content-type": isText ? "text/plain" : "application/json", ...headers });
  response.end(body === undefined ? "" : isText ? body : JSON.stringify(body));
}
