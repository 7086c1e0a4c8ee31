import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Benchmark } from "./measure/benchmark.ts";
import { median, timeMs } from "./measure/benchmark.ts";

const CAPSTAN = new URL("../packages/cli/bin/capstan.cjs", import.meta.url).pathname;
const FLOWS = 400;

export const validate: Benchmark = {
  name: "validate",
  claim: "four hundred flows are checked, every expression of theirs, within two seconds",
  run: async () => {
    const folder = await mkdtemp(join(tmpdir(), "capstan-bench-"));
    try {
      for (let index = 0; index < FLOWS; index += 1) await writeFile(join(folder, `${index}.yaml`), flow(index));
      const times: number[] = [];
      for (let round = 0; round < 5; round += 1) {
        times.push(
          await timeMs(() => {
            const { status, stdout } = spawnSync(process.execPath, [CAPSTAN, "validate", folder]);
            if (status !== 0) throw new Error(`The flows were refused: ${stdout.toString()}`);
          }),
        );
      }
      return [{ what: "capstan validate, 400 flows", value: median(times) / 1000, unit: "s", goal: { max: 2 } }];
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

/** Of the size that flows of a catalogue have: inputs, a loop, a branch, scripts, some twenty expressions. */
function flow(index: number): string {
  return `
id: checked-${index}
namespace: bench.checked
description: Reads rows, cleans them and tells how it went.
labels:
  team: data
inputs:
  - id: day
    type: DATE
    defaults: "2026-01-01"
  - id: regions
    type: ARRAY
    itemType: STRING
    defaults: ["eu", "us"]
  - id: dryRun
    type: BOOLEAN
    defaults: true
variables:
  bucket: "data-{{ inputs.day | date('yyyyMMdd') }}"
  address: "https://example.com/{{ flow.namespace }}/{{ flow.id }}"
tasks:
  - id: fetch
    type: io.kestra.plugin.core.http.Request
    uri: "{{ render(vars.address) }}?day={{ inputs.day }}"
    headers:
      x-execution: "{{ execution.id }}"
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: "{{ inputs.regions }}"
    concurrencyLimit: 4
    tasks:
      - id: count
        type: io.kestra.plugin.scripts.python.Script
        env:
          REGION: "{{ taskrun.value | upper }}"
          BUCKET: "{{ render(vars.bucket) }}"
        script: |
          print("::{\\"outputs\\": {\\"rows\\": 3}}::")
      - id: tell
        type: io.kestra.plugin.core.log.Log
        message: "{{ taskrun.value }} has {{ outputs.count[taskrun.value].vars.rows ?? 0 }} rows"
  - id: branch
    type: io.kestra.plugin.core.flow.If
    condition: "{{ inputs.dryRun and outputs.fetch.code == 200 }}"
    then:
      - id: dry
        type: io.kestra.plugin.core.debug.Return
        format: "{{ outputs.fetch.body | jq('.items | length') | first }}"
    else:
      - id: store
        type: io.kestra.plugin.core.kv.Set
        key: "last-{{ flow.id }}"
        value: "{{ now() | dateAdd(-1, 'DAYS') | date('yyyy-MM-dd') }}"
errors:
  - id: failed
    type: io.kestra.plugin.core.log.Log
    level: ERROR
    message: "{{ execution.id }} failed with {{ errorLogs() | jq('.[].message') | join(', ') }}"
triggers:
  - id: nightly
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "${index % 60} 3 * * *"
    inputs:
      day: "{{ trigger.date | date('yyyy-MM-dd') }}"
`;
}
