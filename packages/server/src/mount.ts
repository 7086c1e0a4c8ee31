import { pathParameters, type PathParameters, type Permission, type Route, type RouteGroup } from "@capstan/api";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { TENANT } from "./tenant.ts";
import { Refusal } from "./refusal.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Anybody may call. */
    public?: boolean;
    permission?: Permission;
  }
}

/** A checked request, as a handler gets it. */
export interface Call<R extends Route> {
  readonly tenant: string;
  readonly parameters: PathParameters<R["path"]>;
  readonly query: R extends { query: infer Schema extends z.ZodType } ? z.output<Schema> : unknown;
  readonly body: BodyOf<R>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

type BodyOf<R> = R extends { body: { kind: "json"; schema: infer Schema extends z.ZodType } }
  ? z.output<Schema>
  : R extends { body: { kind: "text" } }
    ? string
    : unknown;

/** Answers what is sent as JSON (or a stream, or bytes); `undefined` for an answer without a body. */
export type Handler<R extends Route> = (call: Call<R>) => unknown;
export type Handlers<Group extends RouteGroup> = { readonly [Name in keyof Group]: Handler<Group[Name]> };

export interface MountOptions {
  readonly bodyLimit: number;
  /** Handlers take the request as it came: nothing is parsed by a schema before them. For routes where speed matters. */
  readonly unchecked?: boolean;
}

/** Registers each route of a group, and its aliases, under a tenant; see `tenant-paths.ts` for paths without one. */
export function mount<Group extends RouteGroup>(
  server: FastifyInstance,
  group: Group,
  handlers: Handlers<Group>,
  options: MountOptions,
): void {
  for (const [name, route] of Object.entries(group)) {
    const handler = handlers[name] as Handler<Route>;
    for (const path of [route.path, ...(route.aliases ?? [])])
      server.route({
        method: route.method,
        url: `/api/v1/:tenant${routerPath(path)}`,
        config: { public: route.permission === "public", permission: route.permission },
        bodyLimit: options.bodyLimit,
        handler: options.unchecked === true ? uncheckedHandler(handler) : checkedHandler(route, handler),
      });
  }
}

/** `/flows/{id}` as the router writes it. */
export function routerPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}

/** The schemas of a route are made with its first request: to make all of them would cost a start more than all else. */
function checkedHandler(route: Route, handler: Handler<Route>) {
  let known: RouteSchemas | undefined;
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const { parameters, query, body } = (known ??= schemasOf(route));
    const answer = await handler({
      tenant: tenantOf(request),
      parameters: check(parameters, request.params, "path-invalid"),
      query: query === undefined ? {} : check(query, request.query, "query-invalid"),
      body: readBody(route, body, request.body),
      request,
      reply,
    });
    if (reply.sent || answer === reply) return reply;
    if (!isStatusSet(reply)) reply.code(route.status ?? 200);
    if (route.answerType !== undefined && !reply.hasHeader("content-type")) reply.type(route.answerType);
    return reply.send(answer);
  };
}

interface RouteSchemas {
  readonly parameters: z.ZodType;
  readonly query: z.ZodType | undefined;
  /** Of a JSON body. */
  readonly body: z.ZodType | undefined;
}

function schemasOf({ path, query, body }: Route): RouteSchemas {
  return { parameters: pathParameters(path), query, body: body?.kind === "json" ? body.schema : undefined };
}

function uncheckedHandler(handler: Handler<Route>) {
  return (request: FastifyRequest, reply: FastifyReply): unknown =>
    handler({
      tenant: tenantOf(request),
      parameters: request.params,
      query: request.query,
      body: request.body,
      request,
      reply,
    });
}

function isStatusSet(reply: FastifyReply): boolean {
  return reply.statusCode !== 200;
}

function tenantOf(request: FastifyRequest): string {
  return (request.params as { tenant?: string }).tenant ?? TENANT;
}

function readBody(route: Route, schema: z.ZodType | undefined, body: unknown): unknown {
  switch (route.body?.kind) {
    case undefined:
    case "multipart":
      return body;
    case "text":
      return typeof body === "string" ? body : "";
    case "json":
      return check(schema!, parseJson(body), "body-invalid");
    default:
      return route.body satisfies never;
  }
}

function parseJson(body: unknown): unknown {
  if (typeof body !== "string" || body.trim() === "") return undefined;
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new Refusal("json-invalid", `The body is not JSON: ${(error as Error).message}`);
  }
}

/** The value as its schema reads it; throws a refusal that names every problem. */
function check(schema: z.ZodType, value: unknown, code: keyof typeof NOUNS): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  const problems = issues.map(({ path, message }) => `${path.join(".") || "value"}: ${message}`);
  // Kestra tells a page before the first from one that can't be read.
  if (code === "query-invalid" && issues.every(isOutOfRange))
    throw new Refusal("query-out-of-range", "A number in the query is out of its bounds", problems);
  throw new Refusal(code, `The ${NOUNS[code]} is not as this route takes it`, problems);
}

function isOutOfRange(issue: z.core.$ZodIssue): boolean {
  return (issue.code === "too_small" || issue.code === "too_big") && issue.origin === "number";
}

const NOUNS = {
  "path-invalid": "path",
  "query-invalid": "query",
  "body-invalid": "body",
} as const;
