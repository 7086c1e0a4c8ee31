import { ID_HIGH_END, ID_LOW_END, idOf } from "@capstan/engine";
import { randomFillSync } from "node:crypto";
import type { Clock } from "./clock.ts";

/** 48 bits each for the two halves: many times what they can hold, so that all values are about equally likely. */
const HALF_BYTES = 6;
const POOL_BYTES = 2 * HALF_BYTES * 1024;

/** Makes ids that sort by time; random bytes are drawn in bulk, because a system call for each would cost more than all else. */
export function createIds(clock: Clock): () => string {
  const pool = Buffer.alloc(POOL_BYTES);
  let position = POOL_BYTES;
  const draw = (end: number): number => {
    if (position === POOL_BYTES) {
      randomFillSync(pool);
      position = 0;
    }
    const value = pool.readUIntBE(position, HALF_BYTES) % end;
    position += HALF_BYTES;
    return value;
  };
  return () => idOf(clock.now(), draw(ID_HIGH_END), draw(ID_LOW_END));
}
