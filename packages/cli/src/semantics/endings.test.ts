import { describe } from "vitest";
import { type Case, semantics } from "../testing/semantics.ts";

const log = (id: string, more = "") => `{id: ${id}, type: core.log.Log, message: x${more}}`;
const value = (id: string, format: string, more = "") =>
  `{id: ${id}, type: core.debug.Return, format: "${format}"${more}}`;
const fail = (id: string, more = "") => `{id: ${id}, type: core.execution.Fail${more}}`;
const sequence = (id: string, tasks: string, more = "") =>
  `{id: ${id}, type: core.flow.Sequential, tasks: [${tasks}]${more}}`;
const SOON = "{type: constant, interval: PT0.01S, maxAttempts: 3}";

const CASES: readonly Case[] = [
  [
    "errors of a block come before those around it, and those of the flow come last",
    `tasks: [${sequence("o", sequence("i", fail("a"), `, errors: [${log("ie")}], finally: [${log("if")}]`), `, errors: [${log("oe")}]`)}, ${log("never")}]
errors: [${log("fe")}]
finally: [${log("ff")}]`,
    "FAILED: o FAILED, i FAILED, a FAILED, ie SUCCESS, if SUCCESS, oe SUCCESS, fe SUCCESS, ff SUCCESS",
  ],
  [
    "finally tasks run after success as well, and their failures do not count",
    `tasks: [${sequence("s", log("a"), `, finally: [${fail("sf")}, ${log("sg")}]`)}]
finally: [${fail("f")}, ${log("g")}]`,
    "SUCCESS: s SUCCESS, a SUCCESS, sf FAILED, sg SUCCESS, f FAILED, g SUCCESS",
  ],
  [
    "when the execution ended is known once it has",
    `tasks: [${value("t", "{{ execution.endDate is defined }}")}]
afterExecution: [${value("x", "{{ execution.endDate is defined and not isDateAfter(execution.startDate, execution.endDate) }}")}]`,
    "SUCCESS: t SUCCESS, x SUCCESS",
    { t: "false", x: "true" },
  ],
  [
    "what runs after the execution goes on over failures, listeners first",
    `tasks: [${fail("a", ", allowFailure: true")}]
listeners: [{tasks: [${fail("l1")}, ${log("l2")}]}]
afterExecution: [${fail("x1")}, ${value("x2", "{{ execution.state }}")}]`,
    "WARNING: a WARNING, l1 FAILED, l2 SUCCESS, x1 FAILED, x2 SUCCESS",
    { x2: "WARNING" },
  ],
  [
    "a disabled errors task is none, a skipped one is enough",
    `tasks: [${sequence("s", fail("a"), `, errors: [${log("e", ", disabled: true")}], allowFailure: true`)}, ${sequence("t", fail("b"), `, errors: [${log("g", ', runIf: "false"')}], allowFailure: true`)}]`,
    "WARNING: s WARNING, a FAILED, t WARNING, b FAILED, g SKIPPED",
  ],
  [
    "a condition that can't be rendered fails its task, which errors then handle",
    `tasks: [${log("a", ', runIf: "{{ trigger.none }}"')}, ${log("never")}]
errors: [${value("e", "{{ tasks.a.state }}")}]`,
    "FAILED: a FAILED, e SUCCESS",
    { e: "FAILED" },
  ],
  [
    "allowWarning makes a warning a success, of tasks and of blocks",
    `tasks:
  - ${fail("a", ", allowFailure: true, allowWarning: true")}
  - ${sequence("s", fail("b", ", allowFailure: true"), ", allowWarning: true")}
  - {id: af, type: core.flow.AllowFailure, tasks: [${fail("c")}, ${log("never")}], errors: [${log("ae")}]}
  - {id: ag, type: core.flow.AllowFailure, allowWarning: true, tasks: [${fail("d")}]}`,
    "WARNING: a SUCCESS, s SUCCESS, b WARNING, af WARNING, c FAILED, ae SUCCESS, ag SUCCESS, d FAILED",
  ],
  [
    "a block's policy retries its tasks, and its errors run once",
    `tasks: [${sequence("s", fail("a"), `, retry: ${SOON}, errors: [${value("e", "{{ errorLogs() | length }}")}]`)}]`,
    "FAILED: s FAILED, a FAILED, e SUCCESS",
    { e: "3" },
  ],
  [
    "a policy does not stand in for another",
    `retry: ${SOON}
tasks: [${fail("a", ", retry: {type: constant, interval: PT0.01S, maxAttempts: 1}, allowFailure: true")}, ${value("v", "{{ errorLogs() | length }}")}]`,
    "WARNING: a WARNING, v SUCCESS",
    { v: "1" },
  ],
  [
    "outputs of the flow see what finally tasks put out",
    `tasks: [${value("a", "1")}]
finally: [${value("f", "2")}]
outputs: [{id: o, type: STRING, value: "{{ outputs.a.value }}{{ outputs.f.value }}"}]
afterExecution: [${value("x", "{{ execution.outputs.o }}")}]`,
    "SUCCESS: a SUCCESS, f SUCCESS, x SUCCESS",
    { x: "12" },
  ],
  [
    "a failed execution still has the outputs that can be rendered",
    `tasks: [${value("a", "1")}, ${fail("b")}]
outputs: [{id: o, type: STRING, value: "{{ outputs.a.value }}"}]
afterExecution: [${value("x", "{{ execution.state }} {{ execution.outputs.o }}")}]`,
    "FAILED: a SUCCESS, b FAILED, x SUCCESS",
    { x: "FAILED 1" },
  ],
  [
    "a failure beats a warning, and skipped tasks count as success",
    `tasks:
  - {id: p, type: core.flow.Parallel, concurrent: 1, allowFailure: true, tasks: [${fail("w", ", allowFailure: true")}, ${fail("f")}]}
  - ${sequence("s", log("k", ', runIf: "{{ false }}"'))}
  - ${value("v", "{{ tasks.p.state }} {{ tasks.f.state }} {{ tasks.s.state }}")}`,
    "WARNING: p WARNING, w WARNING, f FAILED, s SUCCESS, k SKIPPED, v SUCCESS",
    { v: "WARNING FAILED SUCCESS" },
  ],
  [
    "errors hear of the failure by state and log",
    `tasks: [${fail("a", ', errorMessage: "it broke"')}]
errors: [${value("e", "{{ tasksWithState('FAILED')[0].taskId }} {{ errorLogs()[0].message }} {{ errorLogs()[0].taskId }}")}]`,
    "FAILED: a FAILED, e SUCCESS",
    { e: "a it broke a" },
  ],
  [
    "blocks and loops may stand in errors and finally",
    `tasks: [${fail("a")}]
errors: [{id: ee, type: core.flow.ForEach, values: ["x"], tasks: [${value("ev", "{{ taskrun.value }}")}]}]
finally: [{id: fi, type: core.flow.If, condition: "{{ tasks.a.state == 'FAILED' }}", then: [${value("fv", "{{ outputs.ev['x'].value }}")}]}]`,
    "FAILED: a FAILED, ee SUCCESS, ev@x SUCCESS, fi SUCCESS, fv SUCCESS",
    { fv: "x" },
  ],
];

describe("errors, finally and what comes after", () => {
  semantics(CASES);
});
