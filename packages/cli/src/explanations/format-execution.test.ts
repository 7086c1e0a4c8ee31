import type { ExecutionExplanationAnswer, HistoryEntryAnswer } from "@capstan/api";
import { expect, test } from "vitest";
import { formatExplanation, historyLines } from "./format-execution.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();
const plain = (_format: unknown, text: string) => text;
const lines = (text: string) => text.trimEnd().split("\n");

const explanation: ExecutionExplanationAnswer = {
  id: "0353vQcbhK1Q97igAFzRC6",
  namespace: "company.team",
  flowId: "hello",
  state: "QUEUED",
  since: at(-90),
  waits: [],
  waitsTotal: 0,
  reasons: [],
};

test("a wait for a slot tells the place in the queue, and who holds the slots", () => {
  const slot = { limit: 2, position: 3, waiting: 5, running: 4, holders: ["one", "two"] };
  const wait = { kind: "slot" as const, text: "a slot", goesOn: "one ends", since: at(-90), slot };
  expect(lines(formatExplanation({ ...explanation, waits: [wait], waitsTotal: 7 }, plain, NOW))).toEqual([
    "QUEUED company.team.hello since 1m 30s ago 0353vQcbhK1Q97igAFzRC6",
    "",
    "waits for",
    "  a slot since 1m 30s ago",
    "    goes on when one ends",
    "    place 3 of 5 in the queue; 4 of 2 run: one, two and 2 more",
    "  and 6 more",
  ]);
});

test("a wait for a date tells it, with the condition that did not hold and what it read", () => {
  const wait = {
    kind: "timer" as const,
    text: "its next round",
    goesOn: "its date comes",
    since: at(-5),
    until: at(25),
    taskRun: { id: "run", taskId: "loop", value: "a" },
    condition: { expression: "{{ outputs.a.value == 'x' }}", result: "false", values: { "outputs.a.value": '"y"' } },
  };
  const running = { ...explanation, state: "RUNNING" as const, waits: [wait], waitsTotal: 1 };
  expect(lines(formatExplanation(running, plain, NOW)).slice(3)).toEqual([
    "  loop[a]: its next round, in 25.0s since 5.00s ago",
    "    goes on when its date comes",
    "    {{ outputs.a.value == 'x' }} is false",
    '      outputs.a.value = "y"',
  ]);
});

test("a wait for a subflow tells its state, and a flow that is gone that nothing drives the execution", () => {
  const executions = [{ id: "child", namespace: "a", flowId: "b", state: "PAUSED" as const }, { id: "new" }];
  const wait = { kind: "child" as const, text: "it", goesOn: "it ends", since: at(0), executions };
  const shown = formatExplanation(
    { ...explanation, flowProblem: "there is none", waits: [wait], waitsTotal: 1 },
    plain,
    NOW,
  );
  expect(shown).toContain("    child PAUSED a.b\n    new\n");
  expect(shown).toContain("nothing drives it: there is none\nstore that flow again, or kill it\n");
});

test("a history is in columns, with why, who, and what a condition read", () => {
  const entries: HistoryEntryAnswer[] = [
    { date: at(-3700), to: "CREATED", why: { code: "created", text: "it was started", by: "ada" } },
    {
      date: at(-61),
      from: "RUNNING",
      to: "RETRYING",
      taskRun: { id: "run", taskId: "load", attempt: 2 },
      why: { code: "retry", text: "task `load` failed:\n no route", until: at(30) },
    },
    {
      date: at(0),
      to: "SKIPPED",
      taskRun: { id: "other", taskId: "tell", value: "é\u001b[2J" },
      why: {
        code: "run-if-false",
        text: "its runIf does not hold",
        condition: { expression: "{{ inputs.go }}", values: { "inputs.go": "false" } },
      },
    },
  ];
  expect(historyLines(entries, plain, NOW)).toEqual([
    "  1h 01m ago  execution  ○ CREATED                it was started · by ada",
    "  1m 01s ago  load #2    ↻ RETRYING from RUNNING  task `load` failed: no route · next after 1m 31s",
    expect.stringMatching(/^ {5}0ms ago {2}tell\[é.*\] +- SKIPPED +its runIf does not hold · \{\{ inputs.go \}\}$/),
    "              inputs.go = false",
  ]);
  expect(historyLines(entries, plain, NOW).join("")).not.toContain("\u001b");
});
