import {
  pathParameters,
  problem,
  type PathParameters,
  type Permission,
  type Route,
  type RouteGroup,
} from "@capstan/api";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { TENANT } from "./authentication/guard.ts";
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

const PREFIXES = ["/api/v1/:tenant", "/api/v1"];

/** Registers each route of a group with and without a tenant, and under its aliases. */
export function mount<Group extends RouteGroup>(
  server: FastifyInstance,
  group: Group,
  handlers: Handlers<Group>,
  options: MountOptions,
): void {
  for (const [name, route] of Object.entries(group)) {
    const handler = handlers[name] as Handler<Route>;
    const documentedPrefix = PREFIXES[route.scope === "instance" ? 1 : 0];
    for (const path of [route.path, ...(route.aliases ?? [])])
      for (const prefix of PREFIXES)
        server.route({
          method: route.method,
          url: prefix + path.replaceAll(/\{(\w+)\}/g, ":$1"),
          config: { public: route.permission === "public", permission: route.permission },
          bodyLimit: options.bodyLimit,
          schema: describe(name, route, path === route.path && prefix === documentedPrefix),
          handler: options.unchecked === true ? uncheckedHandler(handler) : checkedHandler(route, handler),
        });
  }
}

function checkedHandler(route: Route, handler: Handler<Route>) {
  const parameters = pathParameters(route.path);
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const answer = await handler({
      tenant: tenantOf(request),
      parameters: check(parameters, request.params, "path-invalid", 422),
      query: route.query === undefined ? {} : check(route.query, request.query, "query-invalid", 400),
      body: readBody(route, request.body),
      request,
      reply,
    });
    if (reply.sent || answer === reply) return reply;
    if (!isStatusSet(reply)) reply.code(route.status ?? 200);
    if (route.answerType !== undefined && !reply.hasHeader("content-type")) reply.type(route.answerType);
    return reply.send(answer);
  };
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

function readBody(route: Route, body: unknown): unknown {
  switch (route.body?.kind) {
    case undefined:
    case "multipart":
      return body;
    case "text":
      return typeof body === "string" ? body : "";
    case "json":
      return check(route.body.schema, parseJson(body), "body-invalid", 422);
    default:
      return route.body satisfies never;
  }
}

function parseJson(body: unknown): unknown {
  if (typeof body !== "string" || body.trim() === "") return undefined;
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new Refusal("json-invalid", 422, `The body is not JSON: ${(error as Error).message}`);
  }
}

/** The value as its schema reads it; throws a refusal that names every problem. */
function check(schema: z.ZodType, value: unknown, code: string, status: number): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join(".") || "value"}: ${message}`);
  throw new Refusal(code, status, `The ${NOUNS[code] ?? "request"} is not as this route takes it`, problems);
}

const NOUNS: Readonly<Record<string, string>> = {
  "path-invalid": "path",
  "query-invalid": "query",
  "body-invalid": "body",
};

/** What the OpenAPI document says of a route; nothing of it is run for a request. */
function describe(name: string, route: Route, isDocumented: boolean): object {
  if (!isDocumented) return { hide: true };
  const tenant = route.scope === "instance" ? {} : { tenant: z.string() };
  return {
    operationId: name,
    summary: route.summary,
    tags: [route.path.split("/")[1] ?? ""],
    params: pathParameters(route.path).extend(tenant),
    ...(route.query !== undefined && { querystring: route.query }),
    ...bodyDescription(route),
    ...(route.permission === "public" && { security: [] }),
    response: {
      [route.status ?? 200]: answerDescription(route),
      ...(route.permission !== "public" && { 401: problem }),
      422: problem,
    },
  };
}

function bodyDescription(route: Route): object {
  switch (route.body?.kind) {
    case undefined:
      return {};
    case "json":
      return { body: route.body.schema, consumes: ["application/json"] };
    case "text":
      return { body: z.string(), consumes: [route.body.mediaType] };
    case "multipart":
      return { body: z.record(z.string(), z.string()), consumes: ["multipart/form-data"] };
    default:
      return route.body satisfies never;
  }
}

function answerDescription(route: Route): object {
  if (route.answer === undefined) return z.undefined().describe("No body");
  if (route.answerType === undefined) return route.answer;
  return { description: "Content", content: { [route.answerType]: { schema: route.answer } } };
}
