import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Benchmark, median } from "./measure/benchmark.ts";
import { settledBytes, startedMs } from "./measure/starts.ts";

const PACKAGES = 50;
const TYPES_EACH = 20;
const ROUNDS = 9;
const MEGABYTE = 1024 * 1024;

export const installedPlugins: Benchmark = {
  name: "installed-plugins",
  claim: "a plugin that is installed and not used costs the names of its types",
  run: async () => {
    const folder = await mkdtemp(join(tmpdir(), "capstan-bench-plugins-"));
    const data = await mkdtemp(join(tmpdir(), "capstan-bench-"));
    try {
      for (let number = 0; number < PACKAGES; number += 1) await writePlugin(folder, number);
      const more = { CAPSTAN_PLUGINS_FOLDER: folder, CAPSTAN_PLUGINS_ALLOW: "*" };
      const fewer = { CAPSTAN_PLUGINS_FOLDER: join(folder, "none") };
      await startedMs({ data, environment: more });
      const times = { more: [] as number[], fewer: [] as number[] };
      // In turns, so that a slow phase of the machine is one for both.
      for (let round = 0; round < ROUNDS; round += 1) {
        times.fewer.push(await startedMs({ data, environment: fewer }));
        times.more.push(await startedMs({ data, environment: more }));
      }
      const idle = {
        fewer: await settledBytes({ data, environment: fewer }),
        more: await settledBytes({ data, environment: more }),
      };
      const floor = { what: "without them", value: median(times.fewer) };
      const what = `with ${PACKAGES * TYPES_EACH} more types of ${PACKAGES} packages`;
      return [
        { what: `start to healthy ${what}`, value: median(times.more), unit: "ms", floor },
        { what: "that is", value: median(times.more) - median(times.fewer), unit: "ms more", goal: { max: 25 } },
        {
          what: `memory when idle ${what}`,
          value: idle.more / MEGABYTE,
          unit: "MB",
          floor: { what: "without them", value: idle.fewer / MEGABYTE },
        },
        { what: "that is", value: (idle.more - idle.fewer) / MEGABYTE, unit: "MB more", goal: { max: 3 } },
      ];
    } finally {
      await Promise.all([folder, data].map((each) => rm(each, { recursive: true, force: true })));
    }
  },
};

/** Its code would fail: it is not loaded. */
async function writePlugin(folder: string, number: number): Promise<void> {
  const name = `plugin-${number}`;
  const types = Array.from({ length: TYPES_EACH }, (_, index) => ({
    type: `com.example.plugins.number${number}.Task${index}`,
    element: "task",
    aliases: [`com.example.number${number}.Task${index}`],
  }));
  await mkdir(join(folder, name));
  const description = { name, version: "1.0.0", exports: "./plugin.js", capstan: { types } };
  await writeFile(join(folder, name, "package.json"), JSON.stringify(description));
  await writeFile(join(folder, name, "plugin.js"), 'throw new Error("nobody asked for this plugin");\n');
}
