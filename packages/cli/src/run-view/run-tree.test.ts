import { expect, test } from "vitest";
import { execution, taskRun } from "../testing/answers.ts";
import { textWidth } from "../terminal/text-width.ts";
import { treeLines } from "./run-tree.ts";

const NOW = Date.parse("2026-01-02T03:04:07.000Z");
const plain = (_: unknown, text: string) => text;
const loopOf = (count: number, stateAt: (iteration: number) => "SUCCESS" | "FAILED" | "RUNNING") =>
  Array.from({ length: count }, (_, iteration) =>
    taskRun("say", stateAt(iteration), {
      id: `run-${iteration}`,
      value: String(iteration + 1),
      iteration,
      parentTaskRunId: "run-loop",
    }),
  );

test("a long loop is one line with its counts, what runs, and what went wrong", () => {
  const runs = loopOf(200, (iteration) => (iteration === 7 ? "FAILED" : iteration < 190 ? "SUCCESS" : "RUNNING"));
  const lines = treeLines(
    execution("RUNNING", [taskRun("loop", "RUNNING"), ...runs]),
    { columns: 80, rows: 22 },
    plain,
    NOW,
  );
  expect(lines[0]).toBe("● loop        RUNNING   2.00s  200 iterations, 1 failed, 10 running");
  expect(lines[1]).toBe("  ✗ say[8]    FAILED    1.50s");
  expect(lines.slice(2).map((line) => line.trim().slice(0, 10))).toEqual(
    [191, 192, 193, 194, 195].map((value) => `● say[${value}]`),
  );
});

test("a short loop shows all its iterations", () => {
  const runs = loopOf(3, () => "SUCCESS");
  const lines = treeLines(execution("SUCCESS", [taskRun("loop", "SUCCESS"), ...runs]), { columns: 80 }, plain, NOW);
  expect(lines).toHaveLength(4);
});

test("every line fits the terminal, whatever is in a name", () => {
  const runs = [taskRun("each", "RUNNING", { value: "漢字の長い値".repeat(20), attempts: [] })];
  for (const columns of [30, 80])
    for (const line of treeLines(execution("RUNNING", runs), { columns }, plain, NOW))
      expect(textWidth(line)).toBeLessThan(columns);
});

test("where the lines do not fit, what ended well is folded before anything is left out", () => {
  const group = (name: string, state: "SUCCESS" | "RUNNING") => [
    taskRun(name, state),
    ...[1, 2, 3].map((n) => taskRun(`${name}${n}`, state, { parentTaskRunId: `run-${name}` })),
  ];
  const tree = execution("RUNNING", [...group("a", "SUCCESS"), ...group("b", "RUNNING")]);
  const names = (rows: number) =>
    treeLines(tree, { columns: 80, rows }, plain, NOW).map((line) => line.trim().replace(/ {2}.*/, ""));
  expect(names(8)).toHaveLength(8);
  expect(names(5)).toEqual(["✓ a", "● b", "● b1", "● b2", "● b3"]);
  expect(names(3)).toEqual(["… 3 more lines above", "● b2", "● b3"]);
});
