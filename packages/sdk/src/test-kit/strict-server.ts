import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import { type LocalServer, type Received, startServer } from "./local-server.ts";

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON; without it there is no body. */
  readonly body?: unknown;
}

export interface Route {
  /** What the body must be, in JSON; without it, there must be none. */
  readonly body?: z.ZodType;
  /** A form in place of JSON. */
  readonly form?: z.ZodType;
  /** A text of another content type in place of JSON. */
  readonly content?: { readonly type: string; readonly text: z.ZodType };
  /** What the parameters must be; without it, there must be none. */
  readonly params?: z.ZodType;
  readonly answer: Answer | ((request: { readonly params: URLSearchParams; readonly body: unknown }) => Answer);
}

export interface StrictServer extends LocalServer {
  /** Bodies that came as JSON, in their order. */
  readonly bodies: readonly unknown[];
  /** Parameters of the requests, in their order. */
  readonly params: readonly Readonly<Record<string, string>>[];
}

/**
 * A server with the routes `METHOD /path` that refuses all that is not as its vendor documents it: other paths, headers, parameters, and
 * bodies. A refusal says what is wrong, and a task shows it.
 */
export async function startStrictServer(
  isAllowed: (headers: IncomingHttpHeaders) => boolean,
  routes: Readonly<Record<string, Route>>,
): Promise<StrictServer> {
  const server = await startServer((_request, response) => {
    const received = server.received.at(-1)!;
    const { status = 200, headers = {}, body } = answerTo(received, isAllowed, routes);
    response.writeHead(status, { ...headers, ...(body !== undefined && { "content-type": "application/json" }) });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  });
  return {
    ...server,
    get bodies() {
      return server.received.filter(({ body }) => /^[{[]/.test(body)).map(({ body }) => JSON.parse(body) as unknown);
    },
    get params() {
      return server.received.map(({ url }) => Object.fromEntries(new URL(url, server.url).searchParams));
    },
  };
}

function answerTo(
  { method, url, headers, body: text }: Received,
  isAllowed: (headers: IncomingHttpHeaders) => boolean,
  routes: Readonly<Record<string, Route>>,
): Answer {
  const { pathname, searchParams: params } = new URL(url, "http://server");
  const route = routes[`${method} ${pathname}`];
  if (route === undefined) return refusal(404, `no ${method} ${pathname}`);
  if (!isAllowed(headers)) return refusal(401, "these headers are not those of the test");
  const mistake = mistakeOf(route.params ?? z.strictObject({}), Object.fromEntries(params));
  if (mistake !== undefined) return refusal(422, mistake);
  const body = bodyOf(route, text, headers);
  if (typeof body === "string") return refusal(422, body);
  return typeof route.answer === "function" ? route.answer({ params, body: body.value }) : route.answer;
}

/** The body of a request, or what is wrong with it. */
function bodyOf(route: Route, text: string, headers: IncomingHttpHeaders): { readonly value: unknown } | string {
  const taken = takenBy(route);
  if (taken === undefined) return text === "" ? { value: undefined } : "there is to be no body";
  const type = headers["content-type"];
  if (type !== taken.type) return `a body of ${type}`;
  const value = taken.read(text);
  return mistakeOf(taken.schema, value) ?? { value };
}

function takenBy({ body, form, content }: Route) {
  if (body !== undefined)
    return { type: "application/json", schema: body, read: (text: string) => JSON.parse(text) as unknown };
  if (form !== undefined)
    return {
      type: "application/x-www-form-urlencoded",
      schema: form,
      read: (text: string) => Object.fromEntries(new URLSearchParams(text)),
    };
  if (content !== undefined) return { type: content.type, schema: content.text, read: (text: string) => text };
  return undefined;
}

function mistakeOf(schema: z.ZodType, value: unknown): string | undefined {
  const checked = schema.safeParse(value);
  return checked.success ? undefined : z.prettifyError(checked.error);
}

function refusal(status: number, message: string): Answer {
  return { status, body: { message } };
}
