import { walkTasks } from "@capstan/model";
import { presentExecutionStatistics } from "../presentation/statistics.ts";
import { eachRow } from "../requests/page.ts";
import { readTimeRange } from "../requests/time-range.ts";
import type { Service } from "../service.ts";

/** How much of what a tenant has: flows and the types in them, and the executions of the last 30 days. */
export async function usagesOf({ runtime, now }: Service, tenant: string) {
  const { flows, store } = runtime;
  const namespaces = new Set<string>();
  const taskTypes = createCounter();
  const triggerTypes = createCounter();
  let count = 0;
  for await (const row of eachRow(store.flows, { tenant })) {
    count += 1;
    namespaces.add(row.namespace);
    for (const { type } of row.triggers) triggerTypes.add(type);
    const { flow } = flows.check(row.source);
    for (const { task } of flow === undefined ? [] : walkTasks(flow)) taskTypes.add(task.type);
  }
  const range = readTimeRange({}, now());
  const filter = { tenant, startAfter: range.start, startBefore: range.end };
  const statistics = await store.executions.statistics(filter, range.parts);
  return {
    flows: {
      count,
      namespacesCount: namespaces.size,
      taskTypeCount: taskTypes.counts(),
      triggerTypeCount: triggerTypes.counts(),
    },
    executions: { dailyExecutionsCount: presentExecutionStatistics(range, statistics) },
  };
}

function createCounter() {
  const counts = new Map<string, number>();
  return {
    add: (name: string) => void counts.set(name, (counts.get(name) ?? 0) + 1),
    counts: () => Object.fromEntries(counts),
  };
}
