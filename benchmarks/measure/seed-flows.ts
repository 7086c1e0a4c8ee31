import { createSqliteStore, type FlowRow } from "@capstan/store";
import { join } from "node:path";

const BATCH = 1_000;

/** The cron line of the flow with this number; none for a flow without a schedule. */
export type CronOf = (index: number) => string;

/** Writes flows with one no-op task and a schedule each into the database of a stopped server. */
export async function seedFlows(data: string, count: number, cronOf: CronOf = yearly): Promise<void> {
  const store = createSqliteStore({ path: join(data, "capstan.db") });
  await store.start();
  try {
    for (let start = 0; start < count; start += BATCH) {
      const indexes = Array.from({ length: Math.min(BATCH, count - start) }, (_, offset) => start + offset);
      await store.commit({ flows: indexes.map((index) => flowRow(index, cronOf(index))) });
    }
  } finally {
    await store.stop();
  }
}

/** Never due while a benchmark runs, unless it runs at midnight of a new year. */
function yearly(index: number): string {
  return `${index % 60} 0 1 1 *`;
}

function flowRow(index: number, cron: string): FlowRow {
  const namespace = `bench.team${index % 100}`;
  const id = `scheduled-${index}`;
  const withSeconds = cron.split(" ").length === 6;
  return {
    tenant: "main",
    namespace,
    id,
    revision: 1,
    source: `
id: ${id}
namespace: ${namespace}
tasks:
  - id: only
    type: io.kestra.plugin.core.debug.Return
    format: "{{ trigger.date }}"
triggers:
  - id: clock
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "${cron}"
    timezone: UTC
    withSeconds: ${withSeconds}
`,
    deleted: false,
    disabled: false,
    labels: {},
    triggers: [{ id: "clock", type: "io.kestra.plugin.core.trigger.Schedule" }],
    updatedAt: Date.now(),
  };
}
