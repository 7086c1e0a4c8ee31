import { test } from "vitest";
import { checkAll } from "./checks.ts";
import type { Kind } from "./kinds/kind.ts";
import { startRig } from "./rig.ts";

/** How often each fault happens, one after the other under load; once by default, as often as asked for with FAULTS=20. */
const TIMES = Number(process.env["FAULTS"] ?? 1);
const TIMEOUT_MS = 240_000 + TIMES * 60_000;
/** What a rig has unless a kind says otherwise. */
const USUAL = { workers: 2, lease: "PT10S", lostAfter: "PT30S", isRepeated: true, smallDisk: undefined } as const;

/** Registers a test for each kind of fault. */
export function testFaults(kinds: Readonly<Record<string, Kind>>): void {
  test.for(Object.entries(kinds))(
    "%s, and nothing is lost or doubled",
    { timeout: TIMEOUT_MS },
    async ([name, kind], { skip }) => {
      const rig = await startRig({ ...USUAL, ...kind.rig });
      if (rig === undefined) throw skip("this user may not mount a file system");
      await rig.recovered();
      for (let time = 0; time < TIMES; time += 1) {
        await kind.happen(rig);
        await rig.recovered();
      }
      await rig.callers.stop();
      await checkAll(rig, { name, kind, times: TIMES });
    },
  );
}
