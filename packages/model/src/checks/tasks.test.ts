import { describe, expect, test } from "vitest";
import { accepted, findings, flowOf, flowWith, theOnly } from "../testing/diagnose.ts";

const LOG = "{id: l, type: core.log.Log, message: x}";

describe("types", () => {
  test.each([
    ["a core type that does not exist", "io.kestra.plugin.core.log.Lg", "4:16 invalid-type error"],
    ["an old core type that never existed", "io.kestra.core.tasks.flows.Nothing", "4:16 invalid-type error"],
    ["a short core type that does not exist", "core.log.Lg", "4:16 invalid-type error"],
    ["a name without a package", "Log", "4:16 invalid-type error"],
    ["a trigger in the place of a task", "io.kestra.plugin.core.trigger.Schedule", "4:16 wrong-element error"],
    ["a type of a plugin that is not installed", "io.kestra.plugin.acme.Do", "4:16 unknown-type warning"],
    ["an old script type of a plugin", "io.kestra.core.tasks.scripts.Bash", "4:16 unknown-type warning"],
    ["an alias", "io.kestra.core.tasks.debugs.Return", "4:16 deprecated note"],
  ])("%s", (_what, type, expected) => {
    expect(findings(flowOf(`  - {id: l, type: ${type}}`).replace("id: l", "id: l"))).toContain(
      expected.replace("4:16", "4:19"),
    );
  });

  test.each(["io.kestra.plugin.core.storage.PurgeStorage", "core.storage.PurgeStorage"])(
    "%s, which only later versions of Kestra have, is told with what comes near",
    (type) => {
      const { hint } = theOnly("invalid-type", flowOf(`  - {id: l, type: ${type}}`));
      expect(hint).toBe("a type of Kestra 2.0: write io.kestra.plugin.core.execution.PurgeExecutions");
    },
  );

  test("an alias and the short name are resolved, and the written name is kept", () => {
    const [alias, short] = accepted(
      flowOf("  - {id: a, type: io.kestra.core.tasks.debugs.Return}\n  - {id: b, type: core.debug.Return}"),
    ).tasks;
    expect(alias).toMatchObject({
      type: "io.kestra.plugin.core.debug.Return",
      writtenType: "io.kestra.core.tasks.debugs.Return",
    });
    expect(short).toMatchObject({ type: "io.kestra.plugin.core.debug.Return", writtenType: "core.debug.Return" });
  });

  test("a task runner is checked by its own type", () => {
    const source = flowOf(
      "  - {id: l, type: core.http.Request, taskRunner: {type: io.kestra.plugin.core.runner.Proces}}",
    );
    expect(findings(source)).toEqual([]);
  });
});

test("common properties are read", () => {
  const [task] = accepted(
    flowOf(`  - id: l
    type: core.log.Log
    message: x
    disabled: true
    runIf: true
    timeout: PT5M
    allowFailure: true
    allowWarning: true
    logLevel: WARN
    logToFile: true
    workerGroup: {key: gpu, fallback: WAIT}
    taskCache: {enabled: true, ttl: PT1H}
    retry: {type: random, minInterval: PT1S, maxInterval: PT2S, maxAttempt: 3}
`),
  ).tasks;
  expect(task).toMatchObject({
    disabled: true,
    runIf: "true",
    timeout: "PT5M",
    allowFailure: true,
    allowWarning: true,
    logLevel: "WARN",
    logToFile: true,
    workerGroup: { key: "gpu", fallback: "WAIT" },
    taskCache: { enabled: true, ttlMs: 3_600_000 },
    retry: {
      type: "random",
      minIntervalMs: 1_000,
      maxIntervalMs: 2_000,
      maxAttempts: 3,
      behavior: "RETRY_FAILED_TASK",
    },
    properties: { message: "x" },
  });
});

describe("lists of tasks", () => {
  test("every list is read under its name and left out of the properties", () => {
    const { tasks } = accepted(
      flowOf(`
  - id: choose
    type: core.flow.Switch
    value: "{{ 1 }}"
    cases:
      "1": [{id: one, type: core.log.Log, message: x}]
      two: [{id: two, type: core.log.Log, message: x}]
    defaults: [{id: other, type: core.log.Log, message: x}]
    errors: [{id: failed, type: core.log.Log, message: x}]
  - id: check
    type: core.flow.If
    condition: "{{ true }}"
    then: [{id: yes, type: core.log.Log, message: x}]
    else: [{id: no, type: core.log.Log, message: x, disabled: true}]
  - id: wait
    type: core.flow.Pause
    delay: PT1S
    onPause: {id: told, type: core.log.Log, message: x}
    onResume: [{name: answer, type: BOOLEAN}]
`),
    );
    const ids = (index: number) =>
      Object.fromEntries(Object.entries(tasks[index]!.lists).map(([name, list]) => [name, list.map(({ id }) => id)]));
    expect(ids(0)).toEqual({ "cases.1": ["one"], "cases.two": ["two"], defaults: ["other"], errors: ["failed"] });
    expect(ids(1)).toEqual({ then: ["yes"], else: ["no"] });
    expect(ids(2)).toEqual({ onPause: ["told"] });
    expect(tasks[0]?.properties).toEqual({ value: "{{ 1 }}" });
    expect(tasks[2]?.properties).toEqual({
      pauseDuration: "PT1S",
      onResume: [{ id: "answer", type: "BOOL", writtenType: "BOOLEAN", required: true }],
    });
  });

  test.each([
    ["Parallel without tasks", "{id: p, type: core.flow.Parallel}", "4:6 empty-list error"],
    ["Parallel with an empty list", "{id: p, type: core.flow.Parallel, tasks: []}", "4:39 empty-list error"],
    ["If without then", '{id: p, type: core.flow.If, condition: "x"}', "4:6 empty-list error"],
    ["Sequential without tasks", "{id: p, type: core.flow.Sequential}", "4:6 empty-tasks error"],
    ["WorkingDirectory without tasks", "{id: p, type: core.flow.WorkingDirectory}", "4:6 empty-tasks error"],
    ["Switch without branches", '{id: p, type: core.flow.Switch, value: "x", cases: {}}', "4:49 switch-empty error"],
    [
      "Switch with nothing but empty branches",
      '{id: p, type: core.flow.Switch, value: "x", cases: {a: []}, defaults: []}',
      "4:49 switch-empty error",
    ],
    [
      "a flowable in a WorkingDirectory",
      `{id: p, type: core.flow.WorkingDirectory, tasks: [{id: s, type: core.flow.Sequential, tasks: [${LOG}]}]}`,
      "4:69 working-directory-child error",
    ],
    [
      "a worker group in a WorkingDirectory",
      "{id: p, type: core.flow.WorkingDirectory, tasks: [{id: s, type: core.log.Log, message: x, workerGroup: {key: g}}]}",
      "4:95 working-directory-worker-group error",
    ],
    [
      "a worker selector in a WorkingDirectory",
      "{id: p, type: core.flow.WorkingDirectory, tasks: [{id: s, type: core.log.Log, message: x, workerSelector: {tags: [g]}}]}",
      "4:95 working-directory-worker-group error",
    ],
    [
      "a fallback that there is not",
      "{id: p, type: core.log.Log, message: x, workerGroup: {key: g, fallback: LATER}}",
      "4:77 invalid-value error",
    ],
    [
      "a fallback of a selector that there is not",
      "{id: p, type: core.log.Log, message: x, workerSelector: {tags: [g], fallback: LATER}}",
      "4:83 invalid-value error",
    ],
    [
      "more groups than a task may name",
      `{id: p, type: core.log.Log, message: x, workerSelector: {tags: [${Array.from({ length: 21 }, () => "g").join()}]}}`,
      "4:68 invalid-value error",
    ],
    [
      "a timeout of a flowable",
      `{id: p, type: core.flow.Sequential, timeout: PT1S, tasks: [${LOG}]}`,
      "4:41 ineffective-property warning",
    ],
  ])("%s", (_what, task, expected) => {
    expect(findings(flowOf(`  - ${task}`))).toEqual([expected]);
  });

  test("a timeout of what waits for a person is its own", () => {
    const source = flowOf(
      "  - {id: p, type: core.flow.Pause, timeout: PT1H}\n  - {id: a, type: core.flow.Approval, timeout: PT1H}",
    );
    expect(findings(source)).toEqual([]);
  });

  test("an unknown type in a WorkingDirectory is taken for a task of a plugin", () => {
    const source = flowOf(
      "  - {id: p, type: core.flow.WorkingDirectory, tasks: [{id: s, type: io.kestra.plugin.scripts.shell.Commands, commands: [ls]}]}",
    );
    expect(findings(source)).toEqual(["4:69 unknown-type warning"]);
  });
});

describe("Dag", () => {
  const dag = (...items: string[]) =>
    flowOf(`  - id: dag\n    type: core.flow.Dag\n    tasks:\n${items.map((item) => `      - ${item}`).join("\n")}`);
  const item = (id: string, ...dependsOn: string[]) =>
    `{task: {id: ${id}, type: core.log.Log, message: x}, dependsOn: [${dependsOn.join(", ")}]}`;

  test("dependencies are read", () => {
    const [task] = accepted(dag(item("a"), item("b", "a"), item("c", "a", "b"))).tasks;
    expect(task?.dependsOn).toEqual({ a: [], b: ["a"], c: ["a", "b"] });
    expect(task?.lists["tasks"]?.map(({ id }) => id)).toEqual(["a", "b", "c"]);
  });

  test("a missing one is named at its place", () => {
    const { message, range, path } = theOnly("dag-missing", dag(item("a"), item("b", "taskX")));
    expect(message).toBe("Not existing task id in dependency: taskX");
    expect([range.start.line, range.start.column]).toEqual([8, 69]);
    expect(path).toBe("tasks[0].tasks[1].dependsOn[0]");
  });

  test("a circle is reported with its members only", () => {
    const { message } = theOnly("dag-cycle", dag(item("a"), item("b", "a", "c"), item("c", "b"), item("d", "c")));
    expect(message).toBe("Cyclic dependency detected: b, c");
  });

  test("a task that waits for itself is a circle", () => {
    expect(theOnly("dag-cycle", dag(item("a", "a"))).message).toBe("Cyclic dependency detected: a");
  });

  test("a task written without `task:` is explained", () => {
    const { hint } = theOnly("missing-property", dag("{id: a, type: core.log.Log, message: x}"));
    expect(hint).toBe("put the task under `task:`, beside `dependsOn:`");
    expect(findings(dag("{id: a, type: core.log.Log, message: x}"))).toEqual(["7:10 missing-property error"]);
  });

  test("a long chain is checked in a moment", () => {
    const chain = Array.from({ length: 3_000 }, (_, index) =>
      item(`t${index}`, ...(index === 0 ? [] : [`t${index - 1}`])),
    );
    expect(findings(dag(...chain))).toEqual([]);
  });
});

describe("ids", () => {
  test.each([
    ["a flow", "id: a b\nnamespace: c\ntasks: [{id: l, type: core.log.Log, message: x}]\n", "1:5", 'for example "a-b"'],
    [
      "a namespace",
      "id: a\nnamespace: Some.Team\ntasks: [{id: l, type: core.log.Log, message: x}]\n",
      "2:12",
      'for example "some.team"',
    ],
    ["a task", flowOf("  - {id: a.b, type: core.log.Log, message: x}"), "4:10", 'for example "a-b"'],
    ["an input", flowWith("inputs: [{id: a b, type: STRING}]"), "3:15", 'for example "a-b"'],
    ["a trigger", flowWith("triggers: [{id: a.b, type: core.trigger.Webhook, key: k}]"), "3:17", 'for example "a-b"'],
    [
      "an empty flow id",
      'id: ""\nnamespace: c\ntasks: [{id: l, type: core.log.Log, message: x}]\n',
      "1:5",
      "it must not be empty",
    ],
  ])("bad characters in the id of %s", (_what, source, place, expected) => {
    const { range, hint } = theOnly("invalid-id", source);
    expect(`${range.start.line}:${range.start.column}`).toBe(place);
    expect(hint).toBe(expected);
  });

  test("a flow id may have a hundred characters", () => {
    const flow = (length: number) => flowWith("").replace("id: a", `id: ${"a".repeat(length)}`);
    expect(findings(flow(100))).toEqual([]);
    expect(findings(flow(101))).toEqual(["1:5 invalid-value error"]);
  });

  test("a word of the API is accepted with a warning, or as the caller says", () => {
    const source = flowWith("").replace("id: a", "id: pause");
    expect(findings(source)).toEqual(["1:5 reserved-id warning"]);
    expect(findings(source, { reservedIds: true })).toEqual(["1:5 reserved-id error"]);
    expect(findings(source, { reservedIds: false })).toEqual([]);
  });
});

test.each([
  ["{tags: [gpu, eu], match: ANY, fallback: WAIT}", { tags: ["gpu", "eu"], match: "ANY", fallback: "WAIT" }],
  ['{tags: ["{{ inputs.where }}"]}', { tags: ["{{ inputs.where }}"] }],
  ["{tags: []}", undefined],
  ["{match: ALL}", undefined],
])("a worker selector %s is read", (written, read) => {
  const { tasks } = accepted(flowOf(`  - {id: l, type: core.log.Log, message: x, workerSelector: ${written}}`));
  expect(tasks[0]?.workerSelector).toEqual(read);
});
