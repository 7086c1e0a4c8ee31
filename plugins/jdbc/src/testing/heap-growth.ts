import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const LOOK_MS = 100;

/** How much more is in use at most while something runs than before it, in bytes; what is garbage does not count. */
export async function heapGrowth(run: () => Promise<unknown>): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const inUse = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = inUse();
  let most = before;
  const look = setInterval(() => {
    most = Math.max(most, inUse());
  }, LOOK_MS);
  try {
    await run();
  } finally {
    clearInterval(look);
  }
  return most - before;
}
