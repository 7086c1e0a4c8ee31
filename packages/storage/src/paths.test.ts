import { expect, test } from "vitest";
import {
  cachePath,
  executionFolder,
  inputFilePath,
  namespaceFilePath,
  slugify,
  taskFilePath,
  triggerFilePath,
} from "./paths.ts";

const ADDRESS = { namespace: "company.team", flowId: "My_Flow", executionId: "3aBc" };

test("files of an execution lie below its folder", () => {
  expect(executionFolder(ADDRESS)).toBe("/company/team/my-flow/executions/3aBc");
  expect(taskFilePath({ ...ADDRESS, taskId: "Load_it", taskRunId: "7X" }, "a-b.csv")).toBe(
    "/company/team/my-flow/executions/3aBc/tasks/load-it/7X/a-b.csv",
  );
  expect(inputFilePath({ ...ADDRESS, inputId: "my_file" }, "b.ion")).toBe(
    "/company/team/my-flow/executions/3aBc/inputs/my-file/b.ion",
  );
  expect(triggerFilePath({ ...ADDRESS, triggerId: "on_new" }, "c.ion")).toBe(
    "/company/team/my-flow/executions/3aBc/trigger/on_new/c.ion",
  );
});

test("files of a namespace lie in its _files folder", () => {
  expect(namespaceFilePath("company.team", "scripts/a.py")).toBe("/company/team/_files/scripts/a.py");
  expect(namespaceFilePath("company.team", "/scripts/a.py")).toBe("/company/team/_files/scripts/a.py");
  expect(namespaceFilePath("company", "")).toBe("/company/_files/");
});

test("a cache is a task's, or a value's of a task", () => {
  const address = { namespace: "company.team", flowId: "flow", taskId: "Work_Dir" };
  expect(cachePath(address)).toBe("/company/team/flow/work-dir/cache/cache.zip");
  expect(cachePath({ ...address, valueHash: "9f" })).toBe("/company/team/flow/work-dir/cache/9f/cache.zip");
});

test.each([
  ["Hello World", "hello-world"],
  ["hello_world", "hello-world"],
  ["Crème brûlée!", "creme-brulee"],
  ["a - b", "a-b"],
  ["a__b--c", "a-b-c"],
  ["two  words", "two-words"],
  ["already-fine", "already-fine"],
  ["a.b/c", "abc"],
  ["1.2.3", "123"],
  ["日本", ""],
])("%s becomes %s", (given, expected) => {
  expect(slugify(given)).toBe(expected);
});
