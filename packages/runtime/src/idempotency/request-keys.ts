import { createHash } from "node:crypto";
import { TurnoverMap } from "@capstan/engine";
import type { IdempotencyKey, IdempotencyKeyRow, Store } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import { heldKey, keyBusy, liveRow, type HeldKey } from "./held-key.ts";
import { createSweep } from "./sweep.ts";

export type { HeldKey, KeptFlow, KeptResult } from "./held-key.ts";

/** Whose key it is, and for what: the same text from somebody else, or for another route, is another key. */
export interface KeyScope {
  readonly tenant: string;
  /** Who asks, as far as it is known; empty where everybody may. */
  readonly principal: string;
  /** Method and path, without the query. */
  readonly route: string;
  readonly key: string;
}

/** Keys by which requests that are sent again are known (`Idempotency-Key`). */
export interface RequestKeys {
  /**
   * Takes a key for one request, which gives it back with `release`. Throws `RequestError` (409 `idempotency-key-busy`) while another
   * one has it.
   */
  hold(scope: KeyScope): Promise<HeldKey>;
  start(): void;
  stop(): void;
}

export interface RequestKeyParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a key is known after the request, in milliseconds; `IDEMPOTENCY_KEY_RETENTION_MS` by default. */
  readonly retentionMs?: number | undefined;
}

/** A day, as most services that take such keys keep them. */
export const IDEMPOTENCY_KEY_RETENTION_MS = 86_400_000;

export function createRequestKeys(options: RequestKeyParts): RequestKeys {
  const { store, clock, logger, retentionMs = IDEMPOTENCY_KEY_RETENTION_MS } = options;
  /** Keys that requests hold, each with what was found of it. */
  const held = new TurnoverMap<string, Promise<IdempotencyKeyRow | undefined>>();
  const sweep = createSweep({ store, clock, logger, isHeld: (key) => held.get(nameOf(key)) !== undefined });
  const release = (name: string): void => {
    held.delete(name);
    sweep.expectIn(retentionMs);
  };
  const parts = { store, now: () => clock.now(), retentionMs, partOf, released: () => undefined };
  return {
    hold: async (scope) => {
      const key = { tenant: scope.tenant, id: idOf(scope.principal, scope.route, scope.key) };
      const name = nameOf(key);
      const other = held.get(name);
      // Any number may ask at the same time for what is there.
      if (other !== undefined) return heldKey(parts, key, (await other) ?? refuseBusy());
      const looking = store.idempotencyKeys.get(key).then((row) => liveRow(row, clock.now()));
      held.set(name, looking);
      let isHeld = false;
      try {
        const found = await looking;
        isHeld = found === undefined;
        return heldKey({ ...parts, ...(isHeld && { released: () => release(name) }) }, key, found);
      } finally {
        if (!isHeld) held.delete(name);
      }
    },
    start: () => sweep.expectIn(0),
    stop: () => sweep.stop(),
  };
}

function refuseBusy(): never {
  throw keyBusy();
}

/** Neither keys of clients nor credentials are stored, and every id is equally long. */
function idOf(...texts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(texts)).digest("base64url");
}

function partOf({ tenant, id }: IdempotencyKey, name: string): IdempotencyKey {
  return { tenant, id: idOf(id, name) };
}

function nameOf({ tenant, id }: IdempotencyKey): string {
  return `${tenant}/${id}`;
}
