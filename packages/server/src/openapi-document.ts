import { pathParameters, problem, type Route } from "@capstan/api";
import swagger from "@fastify/swagger";
import fastify, { type FastifyInstance } from "fastify";
import { createJsonSchemaTransform } from "fastify-type-provider-zod";
import { z } from "zod";
import { routerPath } from "./mount.ts";

/** The OpenAPI description of routes, as an object and as YAML. */
export interface OpenApiDocument {
  readonly json: object;
  readonly yaml: string;
}

/**
 * Describes the routes by registering them, without handlers, at a server of their own that never listens: the schemas of all
 * routes and the library that reads them are needed by nothing else.
 */
export async function describeRoutes(routes: Readonly<Record<string, Route>>): Promise<OpenApiDocument> {
  const server = fastify();
  await server.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Capstan",
        version: "1",
        description: "Flows, executions and what belongs to them. Paths with a tenant answer without one as well.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      servers: [{ url: "/" }],
      components: {
        securitySchemes: {
          basic: { type: "http", scheme: "basic" },
          token: { type: "http", scheme: "bearer" },
          session: { type: "apiKey", in: "cookie", name: "BASIC_AUTH" },
        },
      },
      security: [{ basic: [] }, { token: [] }, { session: [] }],
    },
    transform: createJsonSchemaTransform({ zodToJsonConfig: { unrepresentable: "any" } }),
  });
  register(server, routes);
  await server.ready();
  const document = { json: server.swagger(), yaml: server.swagger({ yaml: true }) };
  await server.close();
  return document;
}

function register(server: FastifyInstance, routes: Readonly<Record<string, Route>>): void {
  server.setValidatorCompiler(() => () => true);
  server.setSerializerCompiler(() => JSON.stringify);
  for (const [name, route] of Object.entries(routes)) {
    const prefix = route.scope === "instance" ? "/api/v1" : "/api/v1/:tenant";
    const url = prefix + routerPath(route.path);
    server.route({ method: route.method, url, schema: describe(name, route), handler: async () => undefined });
  }
}

/** What the document says of a route; nothing of it is run for a request. */
function describe(name: string, route: Route): object {
  const tenant = route.scope === "instance" ? {} : { tenant: z.string() };
  return {
    // Generated clients may know the operation by another name.
    operationId: route.operation ?? name,
    summary: route.summary,
    tags: [route.path.split("/")[1] ?? ""],
    params: pathParameters(route.path).extend(tenant),
    ...(route.query !== undefined && { querystring: route.query }),
    ...bodyDescription(route),
    ...(typeof route.permission === "string" && { security: [] }),
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
