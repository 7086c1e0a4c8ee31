import { PassThrough } from "node:stream";
import { expect, onTestFinished, test, vi } from "vitest";
import { execution, taskRun } from "../testing/answers.ts";
import { createRunView, formatExecution } from "./create-run-view.ts";
import { ITERATION_LINES_MAX } from "./line-view.ts";

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

test("why an execution failed is the line before its state", () => {
  const failed = { ...execution("FAILED", [taskRun("a", "FAILED")]), error: "task `a` failed: no route\u001B[2J" };
  const { stream, text } = output();
  createRunView(stream).end(failed);
  expect(text()).toBe("FAILED a 1.50s\ntask `a` failed: no route\nFAILED n.f 1.50s e\n");
  expect(formatExecution(failed, stream)).toContain("\ntask `a` failed: no route\nFAILED n.f");
});

test("on a terminal children stand below their parents, and the tree is drawn over itself", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { stream, text } = output({ isTTY: true, rows: 24, columns: 80 });
  const view = createRunView(stream);
  const runs = [taskRun("loop", "SUCCESS"), taskRun("say", "SUCCESS", { parentTaskRunId: "run-loop" })];
  view.update(execution("RUNNING", runs));
  vi.advanceTimersByTime(80);
  view.log([{ level: "INFO", message: "hello", taskId: "say" }]);
  view.end(execution("SUCCESS", runs));
  // oxlint-disable-next-line no-control-regex
  const plain = text().replaceAll(/\u001B\[\d*m/g, "");
  const tree = "✓ loop   SUCCESS   1.50s\n  ✓ say  SUCCESS   1.50s\n";
  expect(plain).toBe(`${tree}\r\u001B[2A\u001B[JINFO say: hello\n${tree}SUCCESS n.f 1.50s e\n`);
});

test("a terminal that tells no size still shows whole names", () => {
  const { stream, text } = output({ isTTY: true, rows: 0, columns: 0 });
  createRunView(stream).end(execution("SUCCESS", [taskRun("a-rather-long-name-of-a-task", "SUCCESS")]));
  expect(text()).toContain("a-rather-long-name-of-a-task");
});

test("a pipeline's log has no tree, although its output is a terminal", () => {
  const { stream, text } = output({ isTTY: true, rows: 24, columns: 80 });
  createRunView(stream, true).end(execution("SUCCESS", [taskRun("a", "SUCCESS")]));
  // oxlint-disable-next-line no-control-regex
  expect(text().replaceAll(/\u001B\[\d*m/g, "")).toBe("SUCCESS a 1.50s\nSUCCESS n.f 1.50s e\n");
});

test("away from a terminal a loop's first runs are told, and of the others those that fail", () => {
  const { stream, text } = output();
  const runs = Array.from({ length: 50 }, (_, iteration) =>
    taskRun("say", iteration === 40 ? "FAILED" : "SUCCESS", {
      id: `r${iteration}`,
      value: `v${iteration}`,
      iteration,
      parentTaskRunId: "run-loop",
    }),
  );
  createRunView(stream).end(execution("SUCCESS", [taskRun("loop", "SUCCESS"), ...runs]));
  const lines = text().split("\n");
  expect(lines.filter((line) => line.startsWith("SUCCESS say["))).toHaveLength(ITERATION_LINES_MAX);
  expect(lines).toContain("FAILED say[v40] 1.50s");
  expect(lines).toContain("… more runs of say: told when one does not succeed");
  expect(lines.at(-3)).toBe("SUCCESS loop 1.50s");
});

test("an escape sequence that a task logs does not reach the terminal", () => {
  const { stream, text } = output();
  createRunView(stream).log([{ level: "INFO", message: "a\u001B[2Jb\rc\n", taskId: "t" }]);
  expect(text()).toBe("INFO t: ab\n  c\n");
});
