import type { JsonMap, JsonValue, TriggerDefinition, TriggerEvent } from "@capstan/sdk";
import { createTestWorld, type LogLine } from "@capstan/sdk/test-kit";

/** An event that was emitted, and waits to hear what became of it. */
export interface Emitted {
  readonly event: TriggerEvent;
  accept(): void;
  refuse(reason: Error): void;
}

/** A realtime trigger that listens until it is disposed of. */
export interface Listening extends AsyncDisposable {
  /** The next event, once there is one. */
  next(): Promise<Emitted>;
  /** Events that were emitted and not taken by `next`. */
  readonly pending: readonly Emitted[];
  /** Settles with the listener. */
  readonly ended: Promise<void>;
  readonly logs: readonly LogLine[];
}

/** Lets a realtime trigger listen as the platform does. */
export function listen(definition: TriggerDefinition, properties: JsonMap, position?: JsonValue): Listening {
  const abort = new AbortController();
  const world = createTestWorld({ signal: abort.signal });
  const pending: Emitted[] = [];
  const waiting: ((emitted: Emitted) => void)[] = [];
  const emit = (event: TriggerEvent) =>
    new Promise<void>((accept, refuse) => {
      const emitted = { event, accept, refuse };
      abort.signal.addEventListener("abort", () => refuse(abort.signal.reason as Error)); // As when its server ends.
      const taker = waiting.shift();
      if (taker === undefined) pending.push(emitted);
      else taker(emitted);
    });
  const { tenant, namespace, flowId } = world.identity;
  const context = {
    ...world.context<never>(definition, properties),
    tenant,
    namespace,
    flowId,
    triggerId: "trigger",
    position,
    emit,
  };
  const ended = definition.listen!(context);
  ended.catch(() => undefined); // Whoever wants to know asks `ended`.
  return {
    next: () => {
      const first = pending.shift();
      if (first !== undefined) return Promise.resolve(first);
      const { promise, resolve } = Promise.withResolvers<Emitted>();
      waiting.push(resolve);
      return Promise.race([promise, ended.then(() => Promise.reject(new Error("the listener has ended")))]);
    },
    pending,
    ended,
    logs: world.logs,
    async [Symbol.asyncDispose]() {
      abort.abort(new Error("stopped"));
      await ended.catch(() => undefined);
      await world[Symbol.asyncDispose]();
    },
  };
}
