import { checkFlow, createCatalogue, type Flow, type JsonMap, languageCatalogue } from "@capstan/model";
import { corePlugin } from "@capstan/plugin-core";
import scriptsPlugin from "@capstan/plugin-scripts";
import { createCheckedForms, RUNNER_TYPES } from "@capstan/runtime";
import { createSqliteStore, type FlowRow, type Store } from "@capstan/store";
import { join } from "node:path";

const BATCH = 1_000;

/** When the flow with this number is due: by a cron line, or once. */
export type DueOf = (index: number) => { readonly cron: string } | { readonly at: Date };

/** Writes flows with one no-op task and a schedule each into the database of a stopped server. */
export function seedFlows(data: string, count: number, dueOf: DueOf = yearly): Promise<void> {
  return seedStore(createSqliteStore({ path: join(data, "capstan.db") }), count, dueOf);
}

/** The same into a store that nobody has opened. */
export async function seedStore(store: Store, count: number, dueOf: DueOf): Promise<void> {
  const seeds = createSeeds();
  await store.start();
  try {
    for (let start = 0; start < count; start += BATCH) {
      const indexes = Array.from({ length: Math.min(BATCH, count - start) }, (_, offset) => start + offset);
      await store.commit({ flows: indexes.map((index) => seeds(index, dueOf(index))) });
    }
  } finally {
    await store.stop();
  }
}

/** Never due while a benchmark runs, unless it runs at midnight of a new year. */
function yearly(index: number): { readonly cron: string } {
  return { cron: `${index % 60} 0 1 1 *` };
}

/** Makes rows as a server would have stored them, with one flow checked and the others after its pattern. */
function createSeeds(): (index: number, due: ReturnType<DueOf>) => FlowRow {
  const definitions = [corePlugin, scriptsPlugin].flatMap((plugin) => plugin.definitions);
  const catalogue = createCatalogue([...languageCatalogue(), ...RUNNER_TYPES, ...definitions]);
  const forms = createCheckedForms(catalogue);
  const pattern = checkFlow(sourceOf("pattern", "bench", triggerOf({ cron: "0 0 1 1 *" })), catalogue).flow!;
  return (index, due) => {
    const namespace = `bench.team${index % 100}`;
    const id = `scheduled-${index}`;
    const [clock] = pattern.triggers;
    const { type, ...properties } = triggerOf(due);
    const flow: Flow = { ...pattern, id, namespace, triggers: [{ ...clock!, type, writtenType: type, properties }] };
    return {
      tenant: "main",
      namespace,
      id,
      revision: 1,
      source: sourceOf(id, namespace, triggerOf(due)),
      checked: forms.write(flow),
      deleted: false,
      disabled: false,
      labels: {},
      triggers: [{ id: "clock", type }],
      updatedAt: Date.now(),
    };
  };
}

type ClockTrigger = { readonly type: string } & JsonMap;

function triggerOf(due: ReturnType<DueOf>): ClockTrigger {
  const type = "io.kestra.plugin.core.trigger.Schedule";
  if ("at" in due) return { type: `${type}OnDates`, dates: [due.at.toISOString()] };
  return { type, cron: due.cron, timezone: "UTC", withSeconds: due.cron.split(" ").length === 6 };
}

function sourceOf(id: string, namespace: string, trigger: ClockTrigger): string {
  return `
id: ${id}
namespace: ${namespace}
tasks:
  - id: only
    type: io.kestra.plugin.core.debug.Return
    format: "{{ trigger.date }}"
triggers:
  - ${JSON.stringify({ id: "clock", ...trigger })}
`;
}
