import type { Catalogue } from "@capstan/model";
import type { RuntimeOptions } from "./runtime-options.ts";
import type { Runtime } from "./services.ts";
import { createParts } from "./wiring.ts";

/** A whole Capstan in one process: executor, worker and triggers over a store and a storage. */
export function createRuntime(options: RuntimeOptions): Runtime & { readonly catalogue: Catalogue } {
  const { store, storage } = options;
  const {
    catalogue,
    flows,
    executions,
    executor,
    worker,
    places,
    dispatch,
    crew,
    recovery,
    triggers,
    services,
    secrets,
    requestKeys,
    retention,
  } = createParts(options);
  return {
    catalogue,
    flows,
    executions,
    triggers: triggers.service,
    store,
    storage,
    requestKeys,
    queues: (tenant) =>
      [...places.queues(tenant), ...dispatch.queues(tenant)].toSorted((one, other) => other.waiting - one.waiting),
    services,
    workers: crew,
    secretNames: (tenant) => secrets.names(tenant),
    start: async () => {
      await store.start();
      await storage.start();
      await worker.start();
      crew?.start();
      await triggers.prepare();
      await recovery.recoverAll((keys) => crew?.awaits(keys));
      await triggers.start();
      requestKeys.start();
      retention?.start();
    },
    stop: async ({ graceMs = 5000 } = {}) => {
      await retention?.stop();
      requestKeys.stop();
      await triggers.stop();
      crew?.stop();
      await worker.stop({ graceMs });
      places.stop();
      await executor.stop();
      await storage.stop();
      await store.stop();
    },
  };
}
