import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { createTestWorld, type TaskOutcome, type TestOptions, type TestWorld } from "@capstan/sdk/test-kit";
import { Client, Connection } from "@temporalio/client";
import { NAMESPACE, startTemporal, startWorker, type TemporalServer } from "./temporal-server.ts";

/** The task queue whose workflows run. */
export const QUEUE = "orders";

/** A server with a worker, and a client to look at what became of things. */
export interface Shop extends AsyncDisposable {
  readonly server: TemporalServer;
  readonly client: Client;
  /** Runs a task against the server, as an attempt of its own unless the options say which. */
  run(task: TaskDefinition, properties: JsonMap, options?: ShopOptions): Promise<ShopOutcome>;
}

export interface ShopOptions extends TestOptions {
  readonly attemptKey?: string;
}

export interface ShopOutcome extends TaskOutcome {
  readonly logs: TestWorld["logs"];
}

let ids = 0;
/** An id that nothing has yet. */
export const newId = (name = "order") => `${name}-${(ids += 1)}`;

export async function startShop(): Promise<Shop> {
  const server = await startTemporal();
  const worker = await startWorker(server, QUEUE);
  const connection = await Connection.connect({ address: server.endpoint });
  return {
    server,
    client: new Client({ connection, namespace: NAMESPACE }),
    async run(task, properties, { attemptKey = newId("attempt"), ...options } = {}) {
      await using world = createTestWorld({ ...options, identity: { attemptKey } });
      const place = { endpoint: server.endpoint, namespace: NAMESPACE };
      const outcome = await world.run(task, { ...place, ...properties });
      return { ...outcome, logs: world.logs };
    },
    async [Symbol.asyncDispose]() {
      await connection.close();
      await worker[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
