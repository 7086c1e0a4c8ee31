import type { FastifyInstance } from "fastify";
import { isStoreUp, LIVENESS, READINESS } from "../door/health.ts";
import type { Service } from "../service.ts";

/** For probes and load balancers: ready when the store answers, alive when anything does. */
export function mountHealth(server: FastifyInstance, { runtime }: Service): void {
  const config = { public: true };
  const schema = { hide: true };
  server.get("/ping", { config, schema }, (_request, reply) => reply.type("text/plain").send("pong"));
  server.get(LIVENESS, { config, schema }, (_request, reply) => reply.send({ status: "UP" }));
  for (const path of READINESS)
    server.get(path, { config, schema }, async ({ log }, reply) => {
      const isUp = await isStoreUp(runtime.store, (error) => log.error({ err: error }, "the store does not answer"));
      return reply.code(isUp ? 200 : 503).send({ status: isUp ? "UP" : "DOWN" });
    });
}
