import { describe, expect, test } from "vitest";
import { runOf } from "../testing/flow-world.ts";
import { type Case, semantics } from "../testing/semantics.ts";

const value = (id: string, format: string) => `{id: ${id}, type: core.debug.Return, format: "${format}"}`;
const FAIL_ON_B = `{id: f, type: core.execution.Fail, condition: "{{ item.value == 'b' }}"}`;
const OUT = `[{id: o, type: STRING, value: "{{ outputs.r.value }}"}]`;
const ALL = value("all", "{{ loopOutputs(outputs.l, 'o') }}");

const CASES: readonly Case[] = [
  [
    "tasks of an iteration see each other by their ids, and only what is declared is seen outside",
    `tasks:
  - id: l
    type: core.flow.Loop
    values: ["a", "a", "b"]
    concurrencyLimit: 1
    outputs: ${OUT}
    tasks: [${value("x", "{{ item.index }}{{ item.value }}")}, ${value("r", "{{ outputs.x.value }} {{ tasks.x.state }}")}]
  - ${value("all", "{{ loopOutputs(outputs.l, 'o') }} {{ outputs.l.outputs[2].item }} {{ outputs.r ?? 'hidden' }}")}`,
    "SUCCESS: l SUCCESS, x SUCCESS, r SUCCESS, x SUCCESS, r SUCCESS, x SUCCESS, r SUCCESS, all SUCCESS",
    { all: `["0a SUCCESS","1a SUCCESS","2b SUCCESS"] {"value":"b","iteration":2} hidden` },
  ],
  [
    "a map gives keys, and values are texts: numbers as they print, maps as JSON",
    `tasks:
  - id: l
    type: core.flow.Loop
    values: {one: 1, two: {n: 2.5}, three: true}
    outputs: ${OUT}
    tasks: [${value("r", "{{ item.key }} {{ item.value == '1' ? 'first' : item.value }} {{ item.value | jq('.n?') }}")}]
  - ${ALL}`,
    "SUCCESS: l SUCCESS, r SUCCESS, r SUCCESS, r SUCCESS, all SUCCESS",
    { all: JSON.stringify(["one first []", 'two {"n":2.5} [2.5]', "three true []"]) },
  ],
  [
    "null among the values of an isolated loop is a mistake",
    `tasks: [{id: l, type: core.flow.Loop, values: "{{ ['a', null] }}", tasks: [${value("r", "x")}]}]`,
    "FAILED: l FAILED",
  ],
  [
    "a loop in a loop knows the items around it, and outputs outside of it",
    `tasks:
  - ${value("before", "b")}
  - id: l
    type: core.flow.Loop
    values: "{{ [1, 2] }}"
    concurrencyLimit: 1
    outputs: [{id: o, type: JSON, value: "{{ loopOutputs(outputs.m, 'o') }}"}]
    tasks:
      - ${value("y", "y{{ item.value }}")}
      - id: m
        type: core.flow.Loop
        values: ["p"]
        outputs: ${OUT}
        tasks: [${value("r", "{{ outputs.before.value }}{{ outputs.y.value }}{{ item.value }}{{ item.parent.value }}{{ item.parents | length }}")}]
  - ${ALL}`,
    "SUCCESS: before SUCCESS, l SUCCESS, y SUCCESS, m SUCCESS, r SUCCESS, y SUCCESS, m SUCCESS, r SUCCESS, all SUCCESS",
    { all: `[["by1p11"],["by2p21"]]` },
  ],
  [
    "of the items around, the nearest is `parent`, and `parents` begin with the outermost",
    `tasks:
  - id: outer
    type: core.flow.Loop
    values: ["a"]
    outputs: [{id: o, type: JSON, value: "{{ loopOutputs(outputs.middle, 'o') }}"}]
    tasks:
      - id: middle
        type: core.flow.Loop
        values: ["b"]
        outputs: [{id: o, type: JSON, value: "{{ loopOutputs(outputs.inner, 'o') }}"}]
        tasks:
          - id: inner
            type: core.flow.Loop
            values: ["c"]
            outputs: ${OUT}
            tasks: [${value("r", "{{ item.parents[0].value }}{{ item.parents[1].value }}{{ item.parent.value }}{{ item.value }}")}]
  - ${value("all", "{{ loopOutputs(outputs.outer, 'o') }}")}`,
    "SUCCESS: outer SUCCESS, middle SUCCESS, inner SUCCESS, r SUCCESS, all SUCCESS",
    { all: `[[["abbc"]]]` },
  ],
  [
    "an older loop inside begins with its own value",
    `tasks:
  - id: e
    type: core.flow.ForEach
    values: ["o"]
    tasks:
      - id: l
        type: core.flow.Loop
        values: ["q"]
        outputs: ${OUT}
        tasks:
          - {id: i, type: core.flow.ForEach, values: ["v"], tasks: [${value("x", "{{ item.value }}{{ taskrun.value }}")}]}
          - ${value("r", "{{ outputs.x['v'].value }}")}
  - ${value("all", "{{ loopOutputs(outputs.l['o'], 'o') }}")}`,
    "SUCCESS: e SUCCESS, l@o SUCCESS, i SUCCESS, x@v SUCCESS, r SUCCESS, all SUCCESS",
    { all: `["qv"]` },
  ],
  [
    "a failure ends the loop",
    `tasks: [{id: l, type: core.flow.Loop, values: ["a", "b", "c"], concurrencyLimit: 1, tasks: [${FAIL_ON_B}]}]`,
    "FAILED: l FAILED, f SUCCESS, f FAILED",
  ],
  [
    "a failure that is not transmitted ends its iteration only",
    `tasks:
  - id: l
    type: core.flow.Loop
    values: ["a", "b", "c"]
    concurrencyLimit: 1
    transmitFailed: false
    outputs: ${OUT}
    tasks: [${FAIL_ON_B}, ${value("r", "{{ item.value }}")}]
  - ${ALL}`,
    "SUCCESS: l SUCCESS, f SUCCESS, r SUCCESS, f FAILED, f SUCCESS, r SUCCESS, all SUCCESS",
    { all: `["a","c"]` },
  ],
  [
    "errors and finally belong to the iteration: they see its item, and what its tasks put out",
    `tasks:
  - id: l
    type: core.flow.Loop
    values: ["a", "b"]
    concurrencyLimit: 1
    transmitFailed: false
    outputs: [{id: o, type: STRING, value: "{{ outputs.z.value }}"}]
    tasks: [${value("r", "{{ item.value }}")}, ${FAIL_ON_B}]
    errors: [${value("e", "{{ item.index }}{{ outputs.r.value }}")}]
    finally: [${value("z", "{{ item.value }}{{ tasks.f.state }}")}]
  - ${ALL}`,
    "SUCCESS: l SUCCESS, r SUCCESS, f SUCCESS, z SUCCESS, r SUCCESS, f FAILED, e SUCCESS, z SUCCESS, all SUCCESS",
    { e: "1b", z: "aSUCCESS", all: `["aSUCCESS"]` },
  ],
  [
    "the lines of a file are values, of JSON and Ion alike",
    `tasks:
  - {id: w, type: core.storage.Write, extension: .txt, content: "plain text\\n{\\"n\\": 7}\\n{n: 8}\\n\\"quoted\\"\\n"}
  - id: l
    type: core.flow.Loop
    values: "{{ outputs.w.uri }}"
    fetchType: FETCH
    outputs: ${OUT}
    tasks: [${value("r", "{{ item.value }}")}]
  - ${ALL}`,
    "SUCCESS: w SUCCESS, l SUCCESS, r SUCCESS, r SUCCESS, r SUCCESS, r SUCCESS, all SUCCESS",
    { all: JSON.stringify(["plain text", '{"n":7}', '{"n":8}', "quoted"]) },
  ],
  [
    "outputs made of the lines of a file are files themselves",
    `tasks:
  - {id: w, type: core.storage.Write, extension: .txt, content: "a\\nb\\n"}
  - {id: l, type: core.flow.Loop, values: "{{ outputs.w.uri }}", concurrencyLimit: 1, outputs: ${OUT}, tasks: [${FAIL_ON_B}, ${value("r", "{{ item.value }}")}], transmitFailed: false}
  - ${value("all", "{{ outputs.l.outputs | length }} {{ outputs.l.outputs[0].item }} {{ fromIon(read(outputs.l.outputs[0].outputs.uri)) }}")}`,
    "SUCCESS: w SUCCESS, l SUCCESS, f SUCCESS, r SUCCESS, f FAILED, all SUCCESS",
    { all: `1 {"value":"a","iteration":0} {"o":"a"}` },
  ],
  [
    "outputs of an isolated loop are stored when that is asked for",
    `tasks:
  - {id: l, type: core.flow.Loop, fetchType: STORE, values: [a, b], outputs: ${OUT}, tasks: [${value("r", "{{ item.value }}")}]}
  - ${value("all", "{{ read(outputs.l.outputs[1].outputs.uri) }}")}`,
    "SUCCESS: l SUCCESS, r SUCCESS, r SUCCESS, all SUCCESS",
    { all: `{o:"b"}\n` },
  ],
  [
    "tasks on a worker see the iteration as well",
    `tasks:
  - id: l
    type: core.flow.Loop
    values: ["a", "b"]
    concurrencyLimit: 1
    outputs: [{id: o, type: STRING, value: "{{ outputs.x.vars.o }}{{ outputs.y.vars.o }}"}]
    tasks:
      - id: w
        type: core.flow.WorkingDirectory
        tasks:
          - {id: x, type: io.kestra.plugin.scripts.shell.Commands, taskRunner: {type: core.runner.Process}, commands: ["echo '::{\\"outputs\\":{\\"o\\":\\"{{ item.value }}\\"}}::'"]}
          - {id: y, type: io.kestra.plugin.scripts.shell.Commands, taskRunner: {type: core.runner.Process}, commands: ["echo '::{\\"outputs\\":{\\"o\\":\\"{{ outputs.x.vars.o }}{{ item.index }}\\"}}::'"]}
  - ${ALL}`,
    "SUCCESS: l SUCCESS, w SUCCESS, x SUCCESS, y SUCCESS, w SUCCESS, x SUCCESS, y SUCCESS, all SUCCESS",
    { all: `["aa0","bb1"]` },
  ],
  [
    "an isolated loop without outputs counts its iterations",
    `tasks:
  - {id: l, type: core.flow.Loop, values: [a, b, c], transmitFailed: false, tasks: [${FAIL_ON_B}]}
  - ${value("all", "{{ outputs.l.iterationCount }} {{ outputs.l.runningIterations }} {{ outputs.l.terminatedIterations }}")}`,
    "SUCCESS: l SUCCESS, f SUCCESS, f FAILED, f SUCCESS, all SUCCESS",
    { all: `3 0 {"SUCCESS":2,"FAILED":1}` },
  ],
  [
    "an isolated loop breaks, and what it decides by may have to be read first",
    `tasks:
  - {id: set, type: core.kv.Set, key: last, value: b}
  - {id: l, type: core.flow.Loop, values: [a, b, c], concurrencyLimit: 1, breakWhen: "{{ item.value == kv('last') }}", outputs: ${OUT}, tasks: [${value("r", "{{ item.value }}")}]}
  - ${ALL}`,
    "SUCCESS: set SUCCESS, l SUCCESS, r SUCCESS, r SUCCESS, all SUCCESS",
    { all: `["a","b"]` },
  ],
  [
    "values that are no values fail the loop",
    `tasks: [{id: l, type: core.flow.Loop, values: "{{ 'nothing' }}", tasks: [${value("r", "x")}]}]`,
    "FAILED: l FAILED",
  ],
  [
    "a loop without values is through at once",
    `tasks: [{id: l, type: core.flow.Loop, values: [], outputs: ${OUT}, tasks: [${value("r", "x")}]}, ${ALL}]`,
    "SUCCESS: l SUCCESS, all SUCCESS",
    { all: "[]" },
  ],
];

describe("loops whose iterations are worlds of their own", () => {
  const world = semantics(CASES);

  test("a restart runs the iteration that failed and those behind it", async () => {
    const { runtime, start, ended } = world();
    await runtime.flows.save(
      "main",
      `id: again
namespace: io.kestra.tests
tasks:
  - id: l
    type: io.kestra.plugin.core.flow.Loop
    values: [a, b, c]
    concurrencyLimit: 1
    outputs: ${OUT}
    tasks:
      - {id: r, type: io.kestra.plugin.core.debug.Return, format: "{{ item.value }}"}
      - {id: f, type: io.kestra.plugin.core.execution.Fail, condition: "{{ item.value == 'b' and kv('well', errorOnMissing=false) is null }}"}`,
    );
    const id = await start("again");
    expect((await ended(id)).row.state).toBe("FAILED");
    await runtime.services("main").keyValues.set("io.kestra.tests", "well", true);
    await runtime.executions.restart("main", id);
    const again = await ended(id);
    expect(again.row.state).toBe("SUCCESS");
    expect(again.taskRuns.filter(({ taskId }) => taskId === "r")).toHaveLength(3);
    const outputs = runOf(again, "l").outputs?.["outputs"] as { outputs: { o: string } }[];
    expect(outputs.map(({ outputs: { o } }) => o)).toEqual(["a", "b", "c"]);
  });
});
