import type { RealtimeContext } from "../context.ts";
import type { TriggerDefinition, TriggerEvent } from "../definition.ts";

/** An event that was emitted, and waits to hear what became of it. */
export interface Emitted {
  readonly event: TriggerEvent;
  /** Its execution is durable. */
  readonly accept: () => void;
  readonly refuse: (reason: Error) => void;
}

/** A realtime trigger that listens until it is disposed of, which it takes as the end of its server: nothing more becomes durable. */
export interface Listening extends AsyncDisposable {
  /** The next event, once there is one; rejects when the trigger ends without. */
  next(): Promise<Emitted>;
  /** Events that were emitted and not asked for. */
  readonly pending: readonly Emitted[];
  /** Settles with the trigger. */
  readonly ended: Promise<void>;
}

/** Lets a realtime trigger listen; whoever asks for its events decides what becomes of them. */
export function startListening(
  definition: TriggerDefinition,
  context: Omit<RealtimeContext<never>, "emit">,
): Listening {
  if (definition.listen === undefined) throw new TypeError(`${definition.type} is no realtime trigger`);
  const abort = new AbortController();
  const signal = AbortSignal.any([context.signal, abort.signal]);
  const pending: Emitted[] = [];
  const askers: ((emitted: Emitted) => void)[] = [];
  const emit = (event: TriggerEvent) =>
    new Promise<void>((accept, refuse) => {
      signal.addEventListener("abort", () => refuse(signal.reason as Error), { once: true });
      const emitted = { event, accept, refuse };
      const asker = askers.shift();
      if (asker === undefined) pending.push(emitted);
      else asker(emitted);
    });
  const ended = definition.listen({ ...context, signal, emit });
  ended.catch(() => undefined); // Whoever wants to know asks `ended`.
  return {
    next: () => {
      const first = pending.shift();
      if (first !== undefined) return Promise.resolve(first);
      const asked = Promise.withResolvers<Emitted>();
      askers.push(asked.resolve);
      ended.then(() => asked.reject(new Error("the trigger has ended")), asked.reject);
      return asked.promise;
    },
    pending,
    ended,
    async [Symbol.asyncDispose]() {
      abort.abort(new Error("the server has ended"));
      await ended.catch(() => undefined);
    },
  };
}
