import { describe } from "vitest";
import { type Case, semantics } from "../testing/semantics.ts";

const log = (id: string, more = "") => `{id: ${id}, type: core.log.Log, message: x${more}}`;
const value = (id: string, format: string) => `{id: ${id}, type: core.debug.Return, format: "${format}"}`;
const fail = (id: string, more = "") => `{id: ${id}, type: core.execution.Fail${more}}`;
const branch = (id: string, condition: string) =>
  `{id: ${id}, type: core.flow.If, condition: "${condition}", then: [${log(`${id}_yes`)}], else: [${log(`${id}_no`)}]}`;

const CASES: readonly Case[] = [
  [
    "the text false is true in an expression and false as a condition",
    `tasks: [${value("a", "{{ 'false' ? 'yes' : 'no' }}")}, ${branch("b", "{{ 'false' }}")}]`,
    "SUCCESS: a SUCCESS, b SUCCESS, b_no SUCCESS",
    { a: "yes" },
  ],
  [
    "conditions that are no booleans",
    `tasks: [${branch("zero", "0")}, ${branch("nothing", "{{ null }}")}, ${branch("text", "some text")}]`,
    "SUCCESS: zero SUCCESS, zero_no SUCCESS, nothing SUCCESS, nothing_no SUCCESS, text SUCCESS, text_yes SUCCESS",
  ],
  [
    "a Switch compares its value as text",
    `tasks:
  - {id: s, type: core.flow.Switch, value: "{{ 1 == 1 }}", cases: {true: [${value("t", "{{ parent.outputs.value }}")}]}}
  - {id: n, type: core.flow.Switch, value: "{{ 1 + 2 }}", cases: {3: [${log("three")}]}}`,
    "SUCCESS: s SUCCESS, t SUCCESS, n SUCCESS, three SUCCESS",
    { s: "true", t: "true", n: "3" },
  ],
  [
    "tasks of a Switch see its value as that of their parent, those in a loop the value of the loop",
    `tasks:
  - {id: s, type: core.flow.Switch, value: "v", cases: {v: [${value("t", "{{ parent.taskrun.value }}")}]}}
  - {id: e, type: core.flow.ForEach, values: ["o"], tasks: [{id: n, type: core.flow.Switch, value: "v", cases: {v: [${value("u", "{{ parent.taskrun.value }}")}]}}]}`,
    "SUCCESS: s SUCCESS, t SUCCESS, e SUCCESS, n@o SUCCESS, u SUCCESS",
    { t: "v", u: "o" },
  ],
  [
    "the value of a Switch is no key of outputs",
    `tasks:
  - id: e
    type: core.flow.ForEach
    values: ["o"]
    tasks:
      - id: q
        type: core.flow.Sequential
        tasks:
          - id: s
            type: core.flow.Switch
            value: i
            cases:
              i:
                - id: f
                  type: core.flow.ForEach
                  values: ["i"]
                  tasks: [${value("r", "x")}, ${value("t", "{{ currentEachOutput(outputs.r).value }}{{ outputs.r['o']['i'].value }}")}]`,
    "SUCCESS: e SUCCESS, q@o SUCCESS, s SUCCESS, f SUCCESS, r@i SUCCESS, t@i SUCCESS",
    { t: "xx" },
  ],
  [
    "a flowable that is skipped has no children",
    `tasks: [{id: s, type: core.flow.Sequential, runIf: "{{ 1 == 2 }}", tasks: [${log("x")}]}, ${value("z", "{{ tasks.s.state }}")}]`,
    "SUCCESS: s SKIPPED, z SUCCESS",
    { z: "SKIPPED" },
  ],
  [
    "branches whose tasks are all disabled succeed",
    `tasks:
  - {id: i, type: core.flow.If, condition: "true", then: [${log("t", ", disabled: true")}]}
  - {id: p, type: core.flow.Parallel, tasks: [${log("q", ", disabled: true")}]}`,
    "SUCCESS: i SUCCESS, p SUCCESS",
  ],
  ["a flow whose tasks are all disabled succeeds", `tasks: [${log("i", ", disabled: true")}]`, "SUCCESS: "],
  [
    "a Dag stops at a failure and runs its errors",
    `tasks:
  - id: d
    type: core.flow.Dag
    tasks: [{task: ${fail("a")}}, {task: ${log("b")}, dependsOn: [a]}]
    errors: [${log("e")}]`,
    "FAILED: d FAILED, a FAILED, e SUCCESS",
  ],
  [
    "a Dag waits for an end, not for success",
    `tasks:
  - id: d
    type: core.flow.Dag
    tasks:
      - {task: ${fail("a", ", allowFailure: true")}}
      - {task: ${log("s", `, runIf: "false"`)}}
      - {task: ${log("b")}, dependsOn: [a, s]}`,
    "WARNING: d WARNING, a WARNING, s SKIPPED, b SUCCESS",
  ],
  [
    "errors that fail go on, and change nothing",
    `tasks: [${fail("a")}]
errors: [${fail("e1")}, ${log("e2")}]
finally: [${fail("f1")}, ${value("f2", "{{ execution.state }}")}]
afterExecution: [${value("x", "{{ execution.state }} {{ tasks.a.state }}")}]`,
    "FAILED: a FAILED, e1 FAILED, e2 SUCCESS, f1 FAILED, f2 SUCCESS, x SUCCESS",
    { f2: "RUNNING", x: "FAILED FAILED" },
  ],
  [
    "a block that may fail runs its errors and finally first",
    `tasks:
  - id: p
    type: core.flow.Parallel
    allowFailure: true
    tasks: [${fail("a")}]
    errors: [${log("e")}]
    finally: [${log("f")}]
  - ${log("end")}`,
    "WARNING: p WARNING, a FAILED, e SUCCESS, f SUCCESS, end SUCCESS",
  ],
  [
    "listeners run when their conditions hold",
    `tasks: [${fail("a")}]
listeners:
  - {conditions: [{type: core.condition.ExecutionStatus, in: [FAILED]}], tasks: [${log("failed")}]}
  - {conditions: [{type: core.condition.ExecutionStatus, in: [SUCCESS]}], tasks: [${log("fine")}]}`,
    "FAILED: a FAILED, failed SUCCESS",
  ],
  [
    "Exit ends everything around it",
    `tasks: [{id: i, type: core.flow.If, condition: "true", then: [{id: x, type: core.execution.Exit, state: CANCELED}]}, ${log("never")}]
afterExecution: [${value("after", "{{ execution.state }}")}]`,
    "CANCELLED: i CANCELLED, x CANCELLED, after SUCCESS",
    { after: "CANCELLED" },
  ],
  [
    "Exit with KILLED stops what runs beside it",
    `tasks:
  - id: p
    type: core.flow.Parallel
    tasks:
      - {id: slow, type: core.flow.Sleep, duration: PT60S}
      - {id: x, type: core.execution.Exit, state: KILLED}`,
    "KILLED: p KILLED, slow KILLED, x KILLED",
  ],
  [
    "an assertion that can't be rendered fails",
    `tasks: [{id: a, type: core.execution.Assert, conditions: ["{{ 1 == 1 }}", "{{ trigger.none }}"]}]`,
    "FAILED: a FAILED",
  ],
];

describe("branches and ends", () => {
  semantics(CASES);
});
