import type { FastifyInstance } from "fastify";
import type { Service } from "../service.ts";

/** For probes and load balancers: up when the store answers. */
export function mountHealth(server: FastifyInstance, { runtime }: Service): void {
  const config = { public: true };
  const schema = { hide: true };
  server.get("/ping", { config, schema }, (_request, reply) => reply.type("text/plain").send("pong"));
  server.get("/health", { config, schema }, async (request, reply) => {
    try {
      await runtime.store.documents.get({ tenant: "main", kind: "health", id: "probe" });
    } catch (error) {
      request.log.error({ err: error }, "the store does not answer");
      return reply.code(503).send({ status: "DOWN" });
    }
    return { status: "UP" };
  });
}
