import { idOf } from "@capstan/engine";
import type { Timeline } from "./timeline.ts";

/** Ids that sort by time like the real ones, and are the same again for the same seed. */
export function createIdMaker(timeline: Timeline): () => string {
  let count = 0;
  return () => idOf(timeline.now, 0, (count += 1));
}
