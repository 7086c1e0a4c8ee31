import { describe, expect, test } from "vitest";
import { runOf } from "../testing/flow-world.ts";
import { type Case, idOf, semantics } from "../testing/semantics.ts";

const value = (id: string, format: string) => `{id: ${id}, type: core.debug.Return, format: "${format}"}`;
const subflow = (id: string, flow: string, more = "") =>
  `{id: ${id}, type: core.flow.Subflow, namespace: io.kestra.tests, flowId: ${flow}${more}}`;
const SOON = "{type: constant, interval: PT0.01S, maxAttempts: 2}";

const CHILD: Case = [
  "child",
  `inputs: [{id: n, type: INT, defaults: 1}]
labels: {child: own, shared: child}
tasks: [{id: a, type: core.execution.Fail, condition: "{{ kv('fails', errorOnMissing=false) == 'yes' }}"}]
outputs: [{id: o, type: INT, value: "{{ inputs.n + 1 }}"}]`,
  "SUCCESS: a SUCCESS",
];

const CASES: readonly Case[] = [
  CHILD,
  [
    "attempts count from 0",
    `tasks: [{id: a, type: core.execution.Fail, retry: ${SOON}, errorMessage: "{{ taskrun.attemptsCount }}"}]
errors: [${value("e", "{{ errorLogs() | jq('.[].message') }}")}]`,
    "FAILED: a FAILED, e SUCCESS",
    { e: `["0","1"]` },
  ],
  [
    "a WorkingDirectory skips what is not wanted and retries by the policy of the flow",
    `retry: ${SOON}
tasks:
  - id: w
    type: core.flow.WorkingDirectory
    tasks: [{id: a, type: core.log.Log, message: x, runIf: "false"}, {id: b, type: core.execution.Fail}, ${value("c", "x")}]
    errors: [${value("e", "{{ tasks.a.state }} {{ tasks.b.state }}")}]
    finally: [${value("f", "x")}]`,
    "FAILED: w FAILED, a SKIPPED, b FAILED, e SUCCESS, f SUCCESS",
    { e: "SKIPPED FAILED" },
  ],
  [
    "attempts of a task in a WorkingDirectory count from 0 as well",
    `tasks:
  - id: w
    type: core.flow.WorkingDirectory
    tasks: [{id: a, type: core.execution.Fail, retry: ${SOON}, errorMessage: "{{ taskrun.attemptsCount }}", allowFailure: true}, ${value("b", "{{ taskrun.attemptsCount }}")}]
    finally: [${value("e", "{{ errorLogs() | jq('.[].message') }}")}]`,
    "WARNING: w WARNING, a WARNING, b SUCCESS, e SUCCESS",
    { b: "0", e: `["1"]` },
  ],
  [
    "whole numbers beyond those of JavaScript keep their digits wherever they come from",
    `inputs: [{id: j, type: JSON, defaults: '{"id": 9007199254740993}'}]
tasks:
  - {id: set, type: core.kv.Set, key: long_number, value: "{{ 9007199254740992 + 1 }}"}
  - {id: list, type: core.kv.Set, key: long_list, value: "{{ [9007199254740993] }}"}
  - ${value("kv", "{{ kv('long_number') + 1 }} {{ kv('long_list') | first }}")}
  - {id: get, type: core.kv.Get, key: long_number}
  - ${value("input", "{{ inputs.j.id }} {{ outputs.get.value }}")}
  - id: script
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: {type: core.runner.Process}
    commands: ["echo '::{\\"outputs\\":{\\"id\\":9007199254740993}}::'"]
  - ${value("out", "{{ outputs.script.vars.id }}")}
  - {id: each, type: core.flow.ForEach, values: "[9007199254740993]", tasks: [${value("v", "{{ taskrun.value }}")}]}`,
    "SUCCESS: set SUCCESS, list SUCCESS, kv SUCCESS, get SUCCESS, input SUCCESS, script SUCCESS, out SUCCESS, each SUCCESS, v@9007199254740993 SUCCESS",
    {
      kv: "9007199254740994 9007199254740993",
      input: "9007199254740993 9007199254740993",
      out: "9007199254740993",
      v: "9007199254740993",
    },
  ],
  [
    "pairs that are purged include those whose time is over",
    `tasks:
  - {id: old, type: core.kv.Set, key: purged_old, value: x, ttl: PT0.001S}
  - {id: new, type: core.kv.Set, key: purged_new, value: x}
  - {id: expired, type: core.kv.PurgeKV, keyPattern: "purged_*"}
  - {id: all, type: core.kv.PurgeKV, namespaces: io.kestra, keyPattern: "purged_*", behavior: {type: key, expiredOnly: false}}
  - ${value("e", "{{ outputs.expired.size }} {{ outputs.all.size }}")}`,
    "SUCCESS: old SUCCESS, new SUCCESS, expired SUCCESS, all SUCCESS, e SUCCESS",
    { e: "1 1" },
  ],
  [
    "outputs of the flow that can't be rendered fail it",
    `tasks: [${value("a", "x")}]
outputs: [{id: good, type: STRING, value: "{{ outputs.a.value }}"}, {id: bad, type: STRING, value: "{{ trigger.none }}"}]`,
    "FAILED: a SUCCESS",
  ],
  [
    "an output that is not required may be missing",
    `tasks: [${value("a", "x")}]
outputs: [{id: good, type: STRING, value: "{{ outputs.a.value }}"}, {id: bad, type: STRING, required: false, value: "{{ trigger.none }}"}]
afterExecution: [${value("x", "{{ execution.outputs.good }} {{ execution.outputs.bad is null }}")}]`,
    "SUCCESS: a SUCCESS, x SUCCESS",
    { x: "x true" },
  ],
  [
    "variables are set deeply, as the texts that were rendered once, and removed by path",
    `variables: {a: {b: 1, c: 2}, z: "{{ flow.namespace }}"}
tasks:
  - {id: s, type: core.execution.SetVariables, variables: {a: {b: 9}, n: "{{ 1 + 1 }}"}}
  - {id: t, type: core.execution.SetVariables, variables: "{{ {'m': [1, 2]} }}"}
  - ${value("r", "{{ vars.a.b + 1 }} {{ vars.a.c }} {{ vars.n + 1 }} {{ vars.m[1] + 1 }} {{ vars.z }} {{ render(vars.z) }}")}
  - {id: u, type: core.execution.UnsetVariables, variables: "{{ ['a.b', 'n', 'm', 'gone'] }}"}
  - ${value("q", "{{ vars.a }} {{ vars.n is defined }}")}
  - {id: o, type: core.execution.SetVariables, overwrite: false, variables: {a: 1}}`,
    "FAILED: s SUCCESS, t SUCCESS, r SUCCESS, u SUCCESS, q SUCCESS, o FAILED",
    { r: "10 2 21 3 {{ flow.namespace }} io.kestra.tests", q: `{"c":2} false` },
  ],
  [
    "labels are added as map, list or text, maps in them as JSON, but not those of the system",
    `labels: {own: "1"}
tasks:
  - {id: a, type: core.execution.Labels, labels: '{"x": "{{ flow.namespace }}", "n": 3}'}
  - {id: b, type: core.execution.Labels, labels: [{key: own, value: "2"}, {key: own, value: "3"}, {key: l, value: [1, true]}]}
  - {id: m, type: core.execution.Labels, labels: {m: {of: "{{ flow.namespace }}"}}}
  - ${value("r", "{{ labels.own }} {{ labels.x }} {{ labels.n }} {{ labels.l }} {{ labels.m }}")}
  - {id: c, type: core.execution.Labels, labels: {system.foo: x}}`,
    "FAILED: a SUCCESS, b SUCCESS, m SUCCESS, r SUCCESS, c FAILED",
    { r: `3 io.kestra.tests 3 [1,true] {"of":"io.kestra.tests"}` },
  ],
  [
    "typed child",
    `inputs:
  - {id: text, type: STRING, defaults: own}
  - {id: none, type: STRING, defaults: other}
  - {id: map, type: JSON, defaults: {a: [5]}}
  - {id: list, type: ARRAY, itemType: INT, defaults: [3, 4]}
  - {id: count, type: INT, required: false}
tasks: [${value("r", "{{ inputs.text }}|{{ inputs.none }}|{{ inputs.map.a[0] }}|{{ inputs.list[1] + 1 }}|{{ inputs.count is null }}")}]
outputs: [{id: seen, type: STRING, value: "{{ outputs.r.value }}"}]`,
    "SUCCESS: r SUCCESS",
    { r: "own|other|5|5|true" },
  ],
  [
    "a Subflow gives texts, and its child gives them their types",
    `tasks:
  - id: s
    type: core.flow.Subflow
    namespace: io.kestra.tests
    flowId: typed-child
    inputs:
      text: "{{ {'a': 1.0} }}"
      none: "{{ null }}"
      map: "{{ {'a': [1]} }}"
      list: ["{{ 1 }}", "{{ 2 }}"]
      count: "{{ null }}"
  - ${value("r", "{{ outputs.s.outputs.seen }}")}`,
    "SUCCESS: s SUCCESS, r SUCCESS",
    { r: `{"a":1.0}||1|3|true` },
  ],
  [
    "a Subflow that does not wait has only its execution",
    `tasks: [${subflow("s", "child", ", wait: false")}, ${value("r", "{{ outputs.s.state }} {{ outputs.s.outputs ?? 'none' }}")}]`,
    "SUCCESS: s SUCCESS, r SUCCESS",
    { r: "CREATED none" },
  ],
  [
    "a Subflow of a flow that is missing fails, and names no execution",
    `tasks: [${subflow("s", "missing", ", allowFailure: true")}, ${value("r", "{{ outputs.s.executionId ?? 'none' }}")}]`,
    "WARNING: s WARNING, r SUCCESS",
    { r: "none" },
  ],
  [
    "a timeout is an attempt that failed",
    `tasks: [{id: a, type: core.flow.Sleep, duration: PT60S, timeout: "{{ 'PT0.05S' }}", retry: ${SOON}}]
errors: [${value("e", "{{ errorLogs() | jq('.[0].message') | first }}")}]`,
    "FAILED: a FAILED, e SUCCESS",
    { e: "the task did not end within its timeout of {{ 'PT0.05S' }}" },
  ],
  [
    "a task may be written by an expression",
    `tasks: [{id: t, type: core.templating.TemplatedTask, spec: "type: core.debug.Return\\nformat: \\"{{ flow.namespace }}\\""}, ${value("r", "{{ outputs.t.value }}")}]`,
    "SUCCESS: t SUCCESS, r SUCCESS",
    { r: "io.kestra.tests" },
  ],
  [
    "parent",
    `labels: {shared: parent, other: parent}\ntasks: [${subflow("s", "child", ", inheritLabels: true")}]`,
    "SUCCESS: s SUCCESS",
  ],
  [
    "queue",
    "concurrency: {limit: 1}\ntasks: [{id: p, type: core.flow.Pause, pauseDuration: PT0.01S}]",
    "SUCCESS: p SUCCESS",
  ],
];

describe("tasks and subflows", () => {
  const world = semantics(CASES);

  test("an output that is not required says in the log why it is missing", async () => {
    const id = await world().start(idOf("an output that is not required may be missing"));
    await world().ended(id);
    expect(await world().logs(id)).toContainEqual(
      expect.stringMatching(/^WARN the optional output `bad` is left empty: .*trigger/),
    );
  });

  test("labels that a child has itself are not inherited", async () => {
    const parent = await world().ended(await world().start("parent"));
    const child = await world().ended(String(runOf(parent, "s").outputs?.["executionId"]));
    const labels = Object.fromEntries(child.row.labels.map(({ key, value: text }) => [key, text]));
    expect(labels).toMatchObject({ shared: "child", other: "parent", child: "own" });
    expect(labels["system.correlationId"]).toBe(parent.row.id);
  });

  test("a restarted parent restarts the child that failed", async () => {
    const { runtime, start, ended } = world();
    const { keyValues } = runtime.services("main");
    await keyValues.set("io.kestra.tests", "fails", "yes");
    const id = await start("parent");
    const failed = await ended(id);
    expect(failed.row.state).toBe("FAILED");
    await keyValues.delete("io.kestra.tests", "fails");
    await runtime.executions.restart("main", id);
    const again = await ended(id);
    expect(again.row.state).toBe("SUCCESS");
    const childId = String(runOf(again, "s").outputs?.["executionId"]);
    expect(childId).toBe(runOf(failed, "s").outputs?.["executionId"]);
    expect((await ended(childId)).taskRuns[0]?.attempts.map(({ state }) => state)).toEqual(["FAILED", "SUCCESS"]);
  });

  test("slots are given back by a kill, in the queue and out of it", async () => {
    const { runtime, start, ended } = world();
    await runtime.flows.save(
      "main",
      "id: slots\nnamespace: io.kestra.tests\nconcurrency: {limit: 1}\ntasks: [{id: p, type: io.kestra.plugin.core.flow.Pause}]",
    );
    const [first, second, third] = [await start("slots"), await start("slots"), await start("slots")];
    await world().reached(second, "QUEUED");
    await runtime.executions.kill("main", second);
    expect((await ended(second)).row.state).toBe("KILLED");
    await runtime.executions.kill("main", first);
    await world().reached(third, "PAUSED");
    const fourth = await start("slots");
    await world().reached(fourth, "QUEUED");
    await runtime.executions.resume("main", third);
    await world().reached(fourth, "PAUSED");
    await runtime.executions.resume("main", fourth);
    expect((await ended(fourth)).row.state).toBe("SUCCESS");
    expect((await ended(await start(idOf("queue")))).row.state).toBe("SUCCESS");
  });

  test.each([
    ["QUEUE", "QUEUED"],
    ["CANCEL", "CANCELLED"],
    ["FAIL", "FAILED"],
  ])("a restart and a replay count against a limit that answers with %s", async (behavior, answer) => {
    const { runtime, start, ended, reached } = world();
    const flow = `full-${behavior.toLowerCase()}`;
    await runtime.flows.save(
      "main",
      `id: ${flow}
namespace: io.kestra.tests
concurrency: {limit: 1, behavior: ${behavior}}
inputs: [{id: wait, type: BOOL, defaults: false}]
tasks:
  - {id: p, type: io.kestra.plugin.core.flow.Pause, runIf: "{{ inputs.wait }}"}
  - {id: f, type: io.kestra.plugin.core.execution.Fail}`,
    );
    const failed = await ended(await start(flow));
    const taskRunId = runOf(failed, "f").id;
    const running = await start(flow, { inputs: { wait: true } });
    await reached(running, "PAUSED");
    const replayed = (await runtime.executions.replay("main", failed.row.id, { taskRunId })).row.id;
    const again = (await runtime.executions.restart("main", failed.row.id)).row.id;
    for (const id of [again, replayed]) expect((await reached(id, answer)).row.history.at(-2)?.state).toBe("RESTARTED");
    await runtime.executions.kill("main", running);
    for (const id of [again, replayed]) expect(["FAILED", "CANCELLED"]).toContain((await ended(id)).row.state);
    expect((await ended(again)).row.history.map(({ state }) => state)).toEqual([
      "CREATED",
      "RUNNING",
      "FAILED",
      "RESTARTED",
      answer,
      ...(behavior === "QUEUE" ? ["RUNNING", "FAILED"] : []),
    ]);
  });

  test("who waits for a slot gets it as soon as a new revision allows more of them", async () => {
    const { runtime, start, reached } = world();
    const save = (limit: string) =>
      runtime.flows.save(
        "main",
        `id: raised\nnamespace: io.kestra.tests\n${limit}\ntasks: [{id: p, type: io.kestra.plugin.core.flow.Pause}]`,
      );
    await save("concurrency: {limit: 1}");
    const [first, second, third] = [await start("raised"), await start("raised"), await start("raised")];
    await reached(third, "QUEUED");
    await save("concurrency: {limit: 2}");
    await reached(second, "PAUSED");
    expect((await runtime.executions.get("main", third))?.row.state).toBe("QUEUED");
    await save("");
    await reached(third, "PAUSED");
    for (const id of [first, second, third]) await runtime.executions.kill("main", id);
  });

  test("an execution that is forced to run takes a slot like the others", async () => {
    const { runtime, start, ended, reached } = world();
    await runtime.flows.save(
      "main",
      "id: forced\nnamespace: io.kestra.tests\nconcurrency: {limit: 1}\ntasks: [{id: p, type: io.kestra.plugin.core.flow.Pause}]",
    );
    const [first, second, third] = [await start("forced"), await start("forced"), await start("forced")];
    await reached(third, "QUEUED");
    await runtime.executions.forceRun("main", third);
    await reached(third, "PAUSED");
    await runtime.executions.kill("main", first);
    expect((await ended(first)).row.state).toBe("KILLED");
    expect((await runtime.executions.get("main", second))?.row.state).toBe("QUEUED");
    await runtime.executions.kill("main", third);
    await reached(second, "PAUSED");
    await runtime.executions.kill("main", second);
  });
});
