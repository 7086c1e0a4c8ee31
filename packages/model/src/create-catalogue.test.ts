import { expect, test } from "vitest";
import { z } from "zod";
import type { TypeDefinition } from "./catalogue.ts";
import { createCatalogue } from "./create-catalogue.ts";
import { languageCatalogue } from "./types/language-catalogue.ts";
import { taskKindOf } from "./types/task-kind.ts";

const upload: TypeDefinition = {
  type: "io.kestra.plugin.aws.s3.Upload",
  aliases: ["io.kestra.plugin.old.Upload"],
  element: "task",
  title: "Upload",
  properties: z.object({}),
};

test("a type is found by its name, by an alias and without the common prefix", () => {
  const catalogue = createCatalogue([upload]);
  expect(catalogue.find("io.kestra.plugin.aws.s3.Upload")).toBe(upload);
  expect(catalogue.find("io.kestra.plugin.old.Upload")).toBe(upload);
  expect(catalogue.find("aws.s3.Upload")).toBe(upload);
  expect(catalogue.find("s3.Upload")).toBeUndefined();
  expect([...catalogue.types("task")]).toEqual(["io.kestra.plugin.aws.s3.Upload"]);
  expect([...catalogue.types("trigger")]).toEqual([]);
});

test("two definitions of one name are a bug", () => {
  expect(() => createCatalogue([upload, { ...upload, type: "x.Y" }])).toThrow(
    "io.kestra.plugin.old.Upload is defined twice",
  );
});

test("the language's own types have unique names", () => {
  const catalogue = createCatalogue(languageCatalogue());
  expect(catalogue.find("io.kestra.plugin.core.flow.WaitFor")?.type).toBe("io.kestra.plugin.core.flow.LoopUntil");
  expect(catalogue.find("io.kestra.core.tasks.flows.Worker")?.type).toBe("io.kestra.plugin.core.flow.WorkingDirectory");
  expect(catalogue.find("io.kestra.core.models.conditions.types.VariableCondition")?.type).toBe(
    "io.kestra.plugin.core.condition.Expression",
  );
});

test.each([
  ["io.kestra.plugin.core.flow.Sequential", "flowable"],
  ["io.kestra.plugin.core.flow.ForEachItem", "flowable"],
  ["io.kestra.plugin.core.flow.Subflow", "executable"],
  ["io.kestra.plugin.core.execution.Labels", "updating"],
  ["io.kestra.plugin.core.flow.Sleep", "runnable"],
  ["io.kestra.plugin.aws.s3.Upload", "runnable"],
])("%s is %s", (type, kind) => {
  expect(taskKindOf(type)).toBe(kind);
});
