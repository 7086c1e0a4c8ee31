import type { Route } from "@capstan/api";
import type { FastifyInstance } from "fastify";

const ADDRESSES = ["/api/v1/openapi", "/swagger/kestra"];

/** Serves the OpenAPI description of the routes as JSON and YAML; it is made when it is first asked for. */
export function serveOpenApi(server: FastifyInstance, routes: Readonly<Record<string, Route>>): void {
  const document = async () => {
    const { describeRoutes } = await import("./openapi-document.ts");
    return describeRoutes(routes);
  };
  let known: ReturnType<typeof document> | undefined;
  const made = () => (known ??= document());
  for (const address of ADDRESSES) {
    server.get(`${address}.json`, async () => (await made()).json);
    server.get(`${address}.yml`, async (_request, reply) => reply.type("application/yaml").send((await made()).yaml));
  }
}
