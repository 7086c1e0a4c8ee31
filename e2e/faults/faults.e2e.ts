import { test } from "vitest";
import { checkAll } from "./checks.ts";
import { FAULTS } from "./kinds.ts";
import { startRig } from "./rig.ts";

/** How often each fault happens, one after the other under load; once by default, as often as asked for with FAULTS=20. */
const TIMES = Number(process.env["FAULTS"] ?? 1);
const TIMEOUT_MS = 240_000 + TIMES * 60_000;

test.each(Object.entries(FAULTS))(
  "%s, and nothing is lost or doubled",
  { timeout: TIMEOUT_MS },
  async (_name, fault) => {
    const rig = await startRig({ servers: 2, lease: "PT3S" });
    await rig.recovered();
    for (let time = 0; time < TIMES; time += 1) {
      await fault(rig);
      await rig.recovered();
    }
    await rig.quiet();
    await checkAll(rig, TIMES);
  },
);
