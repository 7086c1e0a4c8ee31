import type { Route } from "@capstan/api";
import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { createJsonSchemaTransform } from "fastify-type-provider-zod";

const VERSIONS = ["/api/v1/openapi", "/swagger/kestra"];

/** Describes the routes that are registered after it, and serves the description as JSON and YAML. */
export async function describeApi(server: FastifyInstance, routes: Readonly<Record<string, Route>>): Promise<void> {
  const transform = createJsonSchemaTransform({ zodToJsonConfig: { unrepresentable: "any" } });
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
      components: { securitySchemes: { basic: { type: "http", scheme: "basic" } } },
      security: [{ basic: [] }],
    },
    transform: (input) => {
      const { schema, url } = transform(input);
      return { schema: renamed(schema, routes), url };
    },
  });
  for (const path of VERSIONS) {
    server.get(`${path}.json`, { schema: { hide: true } }, () => server.swagger());
    server.get(`${path}.yml`, { schema: { hide: true } }, (_request, reply) =>
      reply.type("application/yaml").send(server.swagger({ yaml: true })),
    );
  }
}

interface Described {
  readonly operationId?: string;
}

/** Under the name that generated clients know the operation by. */
function renamed(schema: Described, routes: Readonly<Record<string, Route>>): Described {
  const operation = schema.operationId === undefined ? undefined : routes[schema.operationId]?.operation;
  return operation === undefined ? schema : { ...schema, operationId: operation };
}
