import { z } from "zod";
import type { Catalogue, ElementKind, TypeDefinition } from "../catalogue.ts";
import { createCatalogue } from "../create-catalogue.ts";
import { deep, text } from "../properties.ts";
import { languageCatalogue } from "../types/language-catalogue.ts";

const CORE = "io.kestra.plugin.core.";
const OLD_CORE = "io.kestra.core.tasks.";

/** Core tasks whose properties matter to the tests; the others take anything. */
const STRICT: readonly TypeDefinition[] = [
  {
    type: `${CORE}debug.Return`,
    aliases: [`${OLD_CORE}debugs.Return`],
    element: "task",
    title: "Return a value",
    properties: z.object({ format: text().optional() }),
    outputs: z.object({ value: z.string() }),
  },
  {
    type: `${CORE}log.Log`,
    aliases: [`${OLD_CORE}log.Log`],
    element: "task",
    title: "Log a message",
    properties: z.object({
      message: z.union([text(), z.array(text())]).meta({ dynamic: "deep" }),
      level: z.enum(["TRACE", "DEBUG", "INFO", "WARN", "ERROR"]).optional(),
    }),
    outputs: z.object({}),
  },
];

const CORE_TASKS = [
  "debug.Echo",
  "execution.Assert",
  "execution.Count",
  "execution.Fail",
  "execution.PurgeExecutions",
  "execution.Resume",
  "flow.Sleep",
  "http.Download",
  "http.Request",
  "http.SseRequest",
  "kv.Delete",
  "kv.Get",
  "kv.GetKeys",
  "kv.PurgeKV",
  "kv.Set",
  "log.Fetch",
  "log.PurgeLogs",
  "namespace.DeleteFiles",
  "namespace.DownloadFiles",
  "namespace.UploadFiles",
  "output.OutputValues",
  "state.Delete",
  "state.Get",
  "state.Set",
  "storage.Concat",
  "storage.LocalFiles",
  "storage.Split",
  "storage.Write",
  "templating.TemplatedTask",
  "trigger.Toggle",
];

const ALIASES: Readonly<Record<string, readonly string[]>> = {
  "execution.Fail": [`${OLD_CORE}executions.Fail`],
  "trigger.Toggle": [`${OLD_CORE}trigger.Toggle`],
};

const TEST_TASKS = [
  "io.kestra.core.tasks.test.Read",
  "io.kestra.core.tasks.test.Encrypted",
  "io.kestra.core.tasks.test.NullOutputTask",
  "io.kestra.core.tasks.test.DynamicTask",
  "io.kestra.core.tasks.test.BadSequential",
  "io.kestra.core.tasks.test.BadExecutable",
  "io.kestra.core.runners.test.TaskWithAlias",
  "io.kestra.core.runners.test.TaskThatFail",
  "io.kestra.core.runners.test.WorkerTaskResultTooLarge",
];

function loose(type: string, element: ElementKind, aliases: readonly string[] = []): TypeDefinition {
  return { type, aliases, element, title: type, properties: z.object({}).catchall(deep()) };
}

/** The language, two core tasks with real schemas, and every other core name with a schema that takes anything. */
export function permissiveCatalogue(more: readonly TypeDefinition[] = []): Catalogue {
  return createCatalogue([
    ...languageCatalogue(),
    ...STRICT,
    ...CORE_TASKS.map((name) => loose(CORE + name, "task", ALIASES[name])),
    ...TEST_TASKS.map((type) => loose(type, "task")),
    loose(`${CORE}http.Trigger`, "trigger", ["io.kestra.plugin.fs.http.Trigger"]),
    loose("io.kestra.core.runners.test.trigger.Alias", "trigger"),
    loose(`${CORE}runner.Process`, "taskRunner"),
    ...more,
  ]);
}
