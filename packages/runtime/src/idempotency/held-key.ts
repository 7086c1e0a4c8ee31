import type { JsonValue } from "@capstan/model";
import type { CommitUnit, IdempotencyKey, IdempotencyKeyRow, Store } from "@capstan/store";
import { RequestError } from "../errors.ts";

/** What a request with a key created: how the same request again is answered. */
export type KeptResult =
  /** Of a start that was added to the execution of another one: which it was. */
  | { readonly executionId: string; readonly startId?: string }
  | { readonly flow: KeptFlow }
  /** In the order of the answer. */
  | { readonly flows: readonly KeptFlow[] }
  /** What was answered, where nothing stored says it. */
  | { readonly answer: KeptAnswer };

export type KeptFlow = readonly [namespace: string, id: string, revision: number];

export interface KeptAnswer {
  readonly status: number;
  /** Absent where there was none. */
  readonly body?: JsonValue;
}

/** An idempotency key, while one request works with it. */
export interface HeldKey {
  /** What an earlier request with the key created; undefined for the first. */
  readonly kept: KeptResult | undefined;
  /** Whether something is kept for this request. */
  readonly isKept: boolean;
  /** Says which request it is. Throws `RequestError` (422 `idempotency-key-reused`) when the earlier one was another. */
  identify(fingerprint: string): void;
  /** The row to commit together with what the request creates. */
  row(result: KeptResult): IdempotencyKeyRow;
  /** Commits what the request creates, with the row. */
  commit(unit: CommitUnit, result: KeptResult): Promise<void>;
  /** Commits the row alone: of what the same request, should the process die before, finds done or does again to no effect. */
  keep(result: KeptResult): Promise<void>;
  /**
   * Settles as `durable` does. Until then the key is held, also when who asked was told otherwise meanwhile. Throws `RequestError`
   * (409 `idempotency-key-busy`) when it failed because another process was first.
   */
  during<T>(durable: Promise<T>): Promise<T>;
  /** The key of one of many things that the request does, held with it. */
  part(name: string): Promise<HeldKey>;
  /** What the request creates is durable, or it creates nothing: the same request may come again. */
  release(): void;
}

export interface HeldKeyParts {
  readonly store: Store;
  readonly now: () => number;
  readonly retentionMs: number;
  readonly partOf: (key: IdempotencyKey, name: string) => IdempotencyKey;
  /** Nobody works with the key any more. */
  readonly released: () => void;
}

export function heldKey(parts: HeldKeyParts, key: IdempotencyKey, row: IdempotencyKeyRow | undefined): HeldKey {
  const { store, now, retentionMs } = parts;
  let fingerprint = "";
  let isKept = row !== undefined;
  let isReleased = false;
  let working = 0;
  const settle = () => {
    if (isReleased && working === 0) parts.released();
  };
  const rowOf = (result: KeptResult): IdempotencyKeyRow => {
    const createdAt = now();
    const common = { ...key, fingerprint, createdAt, expiresAt: createdAt + retentionMs };
    isKept = true;
    if (!("executionId" in result)) return { ...common, result: result as unknown as JsonValue };
    const { executionId, startId } = result;
    return { ...common, executionId, ...(startId === undefined ? {} : { result: { startId } }) };
  };
  const during = async <T>(durable: Promise<T>): Promise<T> => {
    working += 1;
    try {
      return await durable;
    } catch (error) {
      throw (await isTaken(store, key, now())) ? keyBusy() : error;
    } finally {
      working -= 1;
      settle();
    }
  };
  const commit = (unit: CommitUnit, result: KeptResult) =>
    during(store.commit({ ...unit, idempotencyKeys: [rowOf(result)] }));
  return {
    kept: row === undefined ? undefined : resultOf(row),
    get isKept() {
      return isKept;
    },
    identify: (given) => {
      if (row !== undefined && row.fingerprint !== given) throw keyReused();
      fingerprint = given;
    },
    row: rowOf,
    commit,
    keep: (result) => commit({}, result),
    during,
    part: async (name) => {
      const own = parts.partOf(key, name);
      const found = liveRow(await store.idempotencyKeys.get(own), now());
      const part = heldKey({ ...parts, released: () => undefined }, own, found);
      part.identify(fingerprint);
      return part;
    },
    release: () => {
      if (isReleased) return;
      isReleased = true;
      settle();
    },
  };
}

/** Commits what a request creates, with its key if it has one. */
export function commitFor(
  requestKey: HeldKey | undefined,
  store: Store,
  unit: CommitUnit,
  result: KeptResult,
): Promise<void> {
  return requestKey === undefined ? store.commit(unit) : requestKey.commit(unit, result);
}

/** Settles as `durable` does; until then the request's key is held, if it has one. */
export function duringFor<T>(requestKey: HeldKey | undefined, durable: Promise<T>): Promise<T> {
  return requestKey === undefined ? durable : requestKey.during(durable);
}

/** The row, unless its time is over. */
export function liveRow(row: IdempotencyKeyRow | undefined, now: number): IdempotencyKeyRow | undefined {
  return row !== undefined && row.expiresAt > now ? row : undefined;
}

function resultOf({ executionId, result }: IdempotencyKeyRow): KeptResult {
  const kept = result as unknown as KeptResult & { readonly startId?: string };
  if (executionId === undefined) return kept;
  return result === undefined ? { executionId } : { executionId, startId: kept.startId! };
}

/** Whether something is kept for the key of a request that failed: another process was first. */
async function isTaken(store: Store, key: IdempotencyKey, now: number): Promise<boolean> {
  const found = await store.idempotencyKeys.get(key).catch(() => undefined); // The first error is what is told.
  return liveRow(found, now) !== undefined;
}

export function keyBusy(): RequestError {
  return new RequestError(
    "idempotency-key-busy",
    "a request with this Idempotency-Key is still being worked on: send it again in a moment to get its answer",
  );
}

function keyReused(): RequestError {
  return new RequestError(
    "idempotency-key-reused",
    "this Idempotency-Key was sent before with another request (query, body or files differ): choose a new key for a new request",
  );
}
