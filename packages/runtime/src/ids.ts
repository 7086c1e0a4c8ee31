import { idOf } from "@capstan/engine";
import { randomFillSync } from "node:crypto";
import type { Clock } from "./clock.ts";

const POOL_BYTES = 10 * 1024;
const ID_BYTES = 10;

/** Makes ids that sort by time; random bytes are drawn in bulk, because a system call for each would cost more than all else. */
export function createIds(clock: Clock): () => string {
  const pool = Buffer.alloc(POOL_BYTES);
  let position = POOL_BYTES;
  return () => {
    if (position + ID_BYTES > POOL_BYTES) {
      randomFillSync(pool);
      position = 0;
    }
    const high = pool.readUInt16BE(position);
    const low = pool.readBigUInt64BE(position + 2);
    position += ID_BYTES;
    return idOf(clock.now(), high, low);
  };
}
