import type { flowToolRoutes } from "@capstan/api";
import { walkTasks } from "@capstan/model";
import type { FlowRow } from "@capstan/store";
import type { Handlers } from "../mount.ts";
import { presentFlow } from "../presentation/flow.ts";
import { eachRow } from "../requests/page.ts";
import type { Service } from "../service.ts";
import { concurrencyHandlers } from "./concurrency-limits.ts";
import { dependencyHandlers } from "./flow-dependencies.ts";
import { flowGraphHandlers } from "./flow-graphs.ts";
import { checkPart, replaceTask } from "./flow-parts.ts";
import { flowNotFound } from "./flow-lookup.ts";

export function flowToolHandlers(service: Service): Handlers<typeof flowToolRoutes> {
  const { flows, store, catalogue } = { ...service.runtime, catalogue: service.catalogue };
  const rowsOf = (tenant: string, namespace?: string) =>
    eachRow(store.flows, { tenant, ...(namespace !== undefined && { namespacePrefix: namespace }) });
  const validatePart = (text: string, section: "tasks" | "triggers") => {
    const { errors, warnings } = checkPart(text, section, (source) => flows.check(source));
    return {
      index: 0,
      constraints: errors.length > 0 ? errors.join("\n") : undefined,
      warnings: warnings.length > 0 ? warnings : undefined,
      outdated: false,
    };
  };
  return {
    ...concurrencyHandlers(service),
    ...dependencyHandlers(service),
    ...flowGraphHandlers(service),
    searchFlowSources: async ({ tenant, query: { q, namespace, page, size } }) => {
      const found: object[] = [];
      let total = 0;
      for await (const row of rowsOf(tenant, namespace)) {
        const fragments = fragmentsOf(row, q);
        if (fragments.length === 0) continue;
        total += 1;
        if (total <= (page - 1) * size || found.length >= size) continue;
        found.push({ model: presentFlow(row, flows.check(row.source), false), fragments });
      }
      return { results: found, total };
    },
    validateTask: ({ query, body }) => validatePart(body, query.section === "TASKS" ? "tasks" : "triggers"),
    validateTrigger: ({ body }) => validatePart(body, "triggers"),
    listDeprecatedFlows: async ({ tenant, query }) => {
      const listed: object[] = [];
      for await (const row of rowsOf(tenant, query.namespace)) {
        const { flow } = flows.check(row.source);
        const deprecatedTasks = Array.from(flow === undefined ? [] : walkTasks(flow)).flatMap(({ task }) => {
          const definition = catalogue.find(task.writtenType);
          const isAlias = definition !== undefined && (definition.aliases ?? []).includes(task.writtenType);
          if (definition === undefined || (definition.deprecated === undefined && !isAlias)) return [];
          const found = { taskId: task.id, taskType: task.writtenType };
          return [isAlias ? { ...found, replacement: definition.type } : found];
        });
        if (deprecatedTasks.length > 0)
          listed.push({ namespace: row.namespace, flowId: row.id, revision: row.revision, deprecatedTasks });
      }
      return listed;
    },
    updateFlowTask: async ({ tenant, parameters: { namespace, id, taskId }, body }) => {
      const row = await flows.get({ tenant, namespace, id });
      if (row === undefined) throw flowNotFound({ namespace, id });
      const source = replaceTask(row.source, taskId, body);
      const saved = await flows.save(tenant, source, { mode: "update", key: { namespace, id } });
      return presentFlow(saved.row, saved.checked, true);
    },
  };
}

const FRAGMENTS_MAX = 3;
const AROUND_CHARACTERS = 80;

/** The places of a source that hold the text, marked, with what stands around them. */
function fragmentsOf({ source }: FlowRow, text: string): readonly string[] {
  if (text === "") return [source.slice(0, AROUND_CHARACTERS)];
  const fragments: string[] = [];
  const [haystack, needle] = [source.toLowerCase(), text.toLowerCase()];
  for (let at = haystack.indexOf(needle); at >= 0 && fragments.length < FRAGMENTS_MAX;) {
    const end = at + needle.length;
    const before = source.slice(Math.max(0, at - AROUND_CHARACTERS), at);
    fragments.push(`${before}[mark]${source.slice(at, end)}[/mark]${source.slice(end, end + AROUND_CHARACTERS)}`);
    at = haystack.indexOf(needle, end + AROUND_CHARACTERS);
  }
  return fragments;
}
