import { PassThrough } from "node:stream";
import type { ExecutionAnswer, TaskRunAnswer } from "@capstan/api";
import { expect, test } from "vitest";
import { createRunView } from "./run-view.ts";

const AT = "2026-01-02T03:04:05.000Z";
const LATER = "2026-01-02T03:04:06.500Z";

function stateOf(current: "RUNNING" | "SUCCESS" | "FAILED") {
  const end = current === "RUNNING" ? {} : { endDate: LATER };
  return { current, histories: [{ state: current, date: AT }], startDate: AT, duration: "PT1.5S", ...end };
}

function taskRun(taskId: string, current: "RUNNING" | "SUCCESS", more: Partial<TaskRunAnswer> = {}): TaskRunAnswer {
  const names = { executionId: "e", tenantId: "main", namespace: "n", flowId: "f" };
  return { id: `run-${taskId}`, ...names, taskId, attempts: [], state: stateOf(current), ...more };
}

function execution(current: "RUNNING" | "SUCCESS", taskRunList: TaskRunAnswer[]): ExecutionAnswer {
  return {
    id: "e",
    tenantId: "main",
    namespace: "n",
    flowId: "f",
    flowRevision: 1,
    inputs: {},
    labels: [],
    variables: {},
    taskRunList,
    state: stateOf(current),
    originalId: "e",
    deleted: false,
    metadata: { attemptNumber: 1, originalCreatedDate: AT },
  };
}

function output(more: { isTTY?: boolean; rows?: number; columns?: number } = {}) {
  const stream = Object.assign(new PassThrough({ encoding: "utf8" }), more);
  return { stream, text: () => (stream.read() as string | null) ?? "" };
}

test("away from a terminal each ended task run is one line, told once", () => {
  const { stream, text } = output();
  const view = createRunView(stream);
  view.update(execution("RUNNING", [taskRun("a", "RUNNING")]));
  view.update(execution("RUNNING", [taskRun("a", "SUCCESS", { value: "x" })]));
  view.log([{ level: "INFO", message: "hello", taskId: "a" }]);
  view.end(execution("SUCCESS", [taskRun("a", "SUCCESS", { value: "x" })]));
  expect(text()).toBe("SUCCESS a[x] 1.50s\nINFO a: hello\nSUCCESS n.f 1.50s e\n");
});

test("on a terminal children stand below their parents, and the tree is drawn over itself", () => {
  const { stream, text } = output({ isTTY: true, rows: 24, columns: 80 });
  const view = createRunView(stream);
  const runs = [taskRun("loop", "SUCCESS"), taskRun("say", "SUCCESS", { parentTaskRunId: "run-loop" })];
  view.update(execution("RUNNING", runs));
  view.log([{ level: "INFO", message: "hello", taskId: "say" }]);
  view.end(execution("SUCCESS", runs));
  // oxlint-disable-next-line no-control-regex
  const plain = text().replaceAll(/\u001B\[\d*m/g, "");
  const tree = "✓ loop SUCCESS 1.50s\n✓   say SUCCESS 1.50s\n";
  expect(plain).toBe(`INFO say: hello\n${tree}\u001B[2A\u001B[J${tree}SUCCESS n.f 1.50s e\n`);
});

test("a terminal that tells no size still shows whole names", () => {
  const { stream, text } = output({ isTTY: true, rows: 0, columns: 0 });
  createRunView(stream).end(execution("SUCCESS", [taskRun("a-rather-long-name-of-a-task", "SUCCESS")]));
  expect(text()).toContain("a-rather-long-name-of-a-task");
});
