import {
  type FilteredBy,
  IDEMPOTENCY_KEY_CHARACTERS_MAX,
  IDEMPOTENCY_KEY_HEADER,
  many,
  pathParameters,
  problem,
  type Route,
} from "@capstan/api";
import swagger from "@fastify/swagger";
import fastify, { type FastifyInstance } from "fastify";
import { createJsonSchemaTransform } from "fastify-type-provider-zod";
import { z } from "zod";
import { routerPath } from "./mount.ts";
import { FILTERS } from "./requests/filters.ts";

const FORM = "multipart/form-data";

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
    transformObject: (document) => ("openapiObject" in document ? withDeepFilters(document.openapiObject) : {}),
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
    ...(route.aliases !== undefined && { description: `Answers at ${route.aliases.join(" and ")} as well.` }),
    tags: [route.path.split("/")[1] ?? ""],
    params: pathParameters(route.path).extend(tenant),
    ...(route.query !== undefined && { querystring: queryDescription(route.query, route.filteredBy) }),
    ...(route.once === true && { headers: KEY_HEADER }),
    ...bodyDescription(route),
    ...(typeof route.permission === "string" && { security: [] }),
    response: {
      [route.status ?? 200]: answerDescription(route),
      ...(route.permission !== "public" && { 401: problem }),
      422: problem,
      default: problem,
    },
  };
}

const KEY_HEADER = z.object({
  [IDEMPOTENCY_KEY_HEADER]: z
    .string()
    .max(IDEMPOTENCY_KEY_CHARACTERS_MAX)
    .optional()
    .describe("Sent again with the same key, the request is done once and answered as the first time"),
});

/** The query with the filters that it takes, in brackets and as parameters of their own. */
function queryDescription(query: z.ZodType, filteredBy: FilteredBy | undefined): z.ZodType {
  if (filteredBy === undefined || !(query instanceof z.ZodObject)) return query;
  const fields = Object.entries(FILTERS[filteredBy]);
  const known = fields.map(([field, { operators }]) => `${field} (${operators.join(", ")})`).join("; ");
  const filters = z
    .record(z.string(), z.record(z.string(), z.unknown()))
    .optional()
    .describe(`filters[field][OPERATOR]=value, of labels filters[labels][OPERATOR][key]=value. Fields: ${known}`);
  const flat = fields.map(([field, rule]) => [field, flatFilter(field, rule.flat)]);
  return z.object({ filters, ...Object.fromEntries(flat), ...query.shape });
}

/** How the parameter `filters` is written, which its schema can't say. */
function withDeepFilters<Document extends { readonly paths?: object }>(document: Document): Document {
  for (const path of Object.values(document.paths ?? {}))
    for (const operation of Object.values(path ?? {}))
      for (const parameter of parametersOf(operation))
        if (parameter.name === "filters") Object.assign(parameter, { style: "deepObject", explode: true });
  return document;
}

function parametersOf(operation: unknown): readonly { readonly name?: string }[] {
  return (operation as { readonly parameters?: readonly { readonly name?: string }[] }).parameters ?? [];
}

function flatFilter(field: string, operator: string): z.ZodType {
  return many(z.string()).optional().describe(`As filters[${field}][${operator}]`);
}

function bodyDescription(route: Route): object {
  switch (route.body?.kind) {
    case undefined:
      return {};
    case "json":
      return { body: route.body.schema, consumes: ["application/json"] };
    case "text":
      return {
        body: z.string(),
        consumes: [route.body.mediaType, ...(route.body.orForm === true ? [FORM] : [])],
      };
    case "multipart":
      return { body: formDescription(route.body.file), consumes: [FORM] };
    default:
      return route.body satisfies never;
  }
}

function formDescription(file: string | undefined): z.ZodType {
  if (file !== undefined) return z.object({ [file]: z.file() });
  return z.record(z.string(), z.union([z.string(), z.file()])).optional();
}

function answerDescription(route: Route): object {
  if (route.answer === undefined) return z.undefined().describe("No body");
  if (route.answerType === undefined) return route.answer;
  return { description: "Content", content: { [route.answerType]: { schema: route.answer } } };
}
