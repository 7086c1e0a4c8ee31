import { checkFlow, createCatalogue, type Flow, languageCatalogue } from "@capstan/model";
import { corePlugin } from "@capstan/plugin-core";
import scriptsPlugin from "@capstan/plugin-scripts";
import { createCheckedForms, RUNNER_TYPES } from "@capstan/runtime";
import { createSqliteStore, type FlowRow } from "@capstan/store";
import { join } from "node:path";

const BATCH = 1_000;

/** The cron line of the flow with this number; none for a flow without a schedule. */
export type CronOf = (index: number) => string;

/** Writes flows with one no-op task and a schedule each into the database of a stopped server. */
export async function seedFlows(data: string, count: number, cronOf: CronOf = yearly): Promise<void> {
  const seeds = createSeeds();
  const store = createSqliteStore({ path: join(data, "capstan.db") });
  await store.start();
  try {
    for (let start = 0; start < count; start += BATCH) {
      const indexes = Array.from({ length: Math.min(BATCH, count - start) }, (_, offset) => start + offset);
      await store.commit({ flows: indexes.map((index) => seeds(index, cronOf(index))) });
    }
  } finally {
    await store.stop();
  }
}

/** Never due while a benchmark runs, unless it runs at midnight of a new year. */
function yearly(index: number): string {
  return `${index % 60} 0 1 1 *`;
}

/** Makes rows as a server would have stored them, with one flow checked and the others after its pattern. */
function createSeeds(): (index: number, cron: string) => FlowRow {
  const definitions = [corePlugin, scriptsPlugin].flatMap((plugin) => plugin.definitions);
  const catalogue = createCatalogue([...languageCatalogue(), ...RUNNER_TYPES, ...definitions]);
  const forms = createCheckedForms(catalogue);
  const pattern = checkFlow(sourceOf("pattern", "bench", "0 0 1 1 *"), catalogue).flow!;
  return (index, cron) => {
    const namespace = `bench.team${index % 100}`;
    const id = `scheduled-${index}`;
    const [trigger] = pattern.triggers;
    const properties = { ...trigger!.properties, cron, withSeconds: hasSeconds(cron) };
    const flow: Flow = { ...pattern, id, namespace, triggers: [{ ...trigger!, properties }] };
    return {
      tenant: "main",
      namespace,
      id,
      revision: 1,
      source: sourceOf(id, namespace, cron),
      checked: forms.write(flow),
      deleted: false,
      disabled: false,
      labels: {},
      triggers: [{ id: "clock", type: "io.kestra.plugin.core.trigger.Schedule" }],
      updatedAt: Date.now(),
    };
  };
}

function hasSeconds(cron: string): boolean {
  return cron.split(" ").length === 6;
}

function sourceOf(id: string, namespace: string, cron: string): string {
  return `
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
    withSeconds: ${hasSeconds(cron)}
`;
}
