import { StoreError } from "../../errors.ts";
import type { CommitUnit } from "../../store.ts";
import type { SqlValue } from "./driver.ts";
import { encodeUnit, type Sequence } from "./encode-unit.ts";

/** Units that will share a transaction, and those who wait for them. */
export interface Group {
  /** Statements and values of all units. */
  readonly values: SqlValue[];
  /** Where each unit ends in `values`. */
  readonly ends: number[];
  readonly units: PromiseWithResolvers<void>[];
  /** The last number given to a log line, a metric or a message. */
  sequence: number;
}

export function emptyGroup(): Group {
  return { values: [], ends: [], units: [], sequence: 0 };
}

/** Adds a unit; the promise settles with its commit. One that can't be written down rejects and isn't added. */
export function appendUnit(group: Group, unit: CommitUnit, sequence: Sequence): Promise<void> {
  const start = group.values.length;
  try {
    encodeUnit(group.values, unit, sequence);
    demandStorable(group.values, start);
  } catch (error) {
    group.values.length = start;
    const detail = error instanceof Error ? error.message : String(error);
    return Promise.reject(new StoreError("store-invalid", detail, { cause: error }));
  }
  const promise = Promise.withResolvers<void>();
  group.ends.push(group.values.length);
  group.units.push(promise);
  group.sequence = sequence.last;
  return promise.promise;
}

/** Finds here what would otherwise break the way to the thread, and with it the whole group. */
function demandStorable(values: readonly unknown[], start: number): void {
  for (let position = start; position < values.length; position += 1) {
    const value = values[position];
    if (typeof value === "string" || typeof value === "number" || value === null) continue;
    throw new TypeError(`${String(value)} is neither text nor a number`);
  }
}
