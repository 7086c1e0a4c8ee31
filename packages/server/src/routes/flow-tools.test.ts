import { expect, test } from "vitest";
import { FLOW, setup } from "../testing/setup.ts";

const TYPES = "io.kestra.plugin.core";
const NESTED = `id: nested
namespace: company.team
tasks:
  - id: choose
    type: ${TYPES}.flow.If
    condition: "{{ true }}"
    then:
      - { id: yes, type: ${TYPES}.log.Log, message: a }
    else:
      - { id: no, type: ${TYPES}.log.Log, message: b }
  - id: both
    type: ${TYPES}.flow.Parallel
    tasks:
      - { id: left, type: ${TYPES}.log.Log, message: a }
      - { id: right, type: ${TYPES}.log.Log, message: b }
  - id: order
    type: ${TYPES}.flow.Dag
    tasks:
      - task: { id: first, type: ${TYPES}.log.Log, message: a }
      - task: { id: second, type: ${TYPES}.log.Log, message: b }
        dependsOn: [first]
  - id: call
    type: ${TYPES}.flow.Subflow
    namespace: company.team
    flowId: hello
errors:
  - { id: alarm, type: ${TYPES}.log.Log, message: c }
triggers:
  - id: after-hello
    type: ${TYPES}.trigger.Flow
    conditions:
      - { type: ${TYPES}.condition.ExecutionFlow, namespace: company.team, flowId: hello }
`;

async function withNested() {
  const bundle = await setup();
  await bundle.runtime.flows.save("main", NESTED);
  return bundle;
}

interface Graph {
  readonly nodes: { uid: string; type: string; branchType?: string; task?: { id: string } }[];
  readonly edges: { source: string; target: string; relation: { relationType: string; value?: string } }[];
  readonly clusters: { cluster: { uid: string }; nodes: string[]; parents: string[] }[];
  readonly flowables: string[];
}

test("an approval is drawn with its branches, and shows who runs the flow what it asks for", async () => {
  const { call, runtime } = await setup();
  const branch = (id: string) => `[{ id: ${id}, type: ${TYPES}.log.Log, message: a }]`;
  await runtime.flows.save(
    "main",
    `id: release
namespace: company.team
tasks:
  - id: ask
    type: ${TYPES}.flow.Approval
    inputs: [{ id: reason, type: STRING }]
    decisions: { approve: Ship }
    commentRequired: ON_DENY
    onWait: ${branch("w")}
    onApprove: ${branch("y")}
    onDeny: ${branch("n")}`,
  );
  const { edges } = (await call("GET", "/flows/company.team/release/graph")).json as Graph;
  const choices = edges.filter(({ source }) => source === "root.ask").map(({ target, relation }) => [target, relation]);
  expect(choices).toEqual([
    ["root.ask.w", { relationType: "CHOICE", value: "wait" }],
    ["root.ask.y", { relationType: "CHOICE", value: "approve" }],
    ["root.ask.n", { relationType: "CHOICE", value: "deny" }],
  ]);
  expect((await call("GET", "/executions/flows/company.team/release")).json).toMatchObject({
    tasks: [{ inputs: [{ id: "reason" }], decisions: { approve: "Ship" }, commentRequired: "ON_DENY" }],
  });
});

test("a flow is drawn: what follows what, and what stands in what", async () => {
  const { call } = await withNested();
  const { nodes, edges, clusters, flowables } = (await call("GET", "/flows/company.team/nested/graph")).json as Graph;
  const edge = (source: string, target: string) =>
    edges.find((one) => one.source === `root.${source}` && one.target === `root.${target}`)?.relation;
  expect(edge("choose", "choose.yes")).toEqual({ relationType: "CHOICE", value: "then" });
  expect(edge("choose", "choose.no")).toEqual({ relationType: "CHOICE", value: "else" });
  expect(edge("choose._end", "both._start")).toEqual({ relationType: "SEQUENTIAL" });
  expect(edge("both", "both.left")).toEqual({ relationType: "PARALLEL" });
  expect(edge("both", "both.right")).toEqual({ relationType: "PARALLEL" });
  expect(edge("order", "order.first")).toEqual({ relationType: "PARALLEL" });
  expect(edge("order.first", "order.second")).toEqual({ relationType: "SEQUENTIAL" });
  expect(edge("order", "order.second")).toBeUndefined();
  expect(edge("_start", "alarm")).toEqual({ relationType: "ERROR" });
  expect(edge("_triggers._start", "Triggers.after-hello")).toEqual({ relationType: "SEQUENTIAL" });
  expect(edge("Triggers.after-hello", "_triggers._end")).toEqual({ relationType: "SEQUENTIAL" });
  expect(edge("_triggers._end", "_start")).toEqual({ relationType: "SEQUENTIAL" });
  expect(nodes.find(({ uid }) => uid === "root.alarm")).toMatchObject({ branchType: "ERROR", task: { id: "alarm" } });
  expect(clusters.find(({ cluster }) => cluster.uid === "cluster_root.both")).toMatchObject({
    nodes: ["root.both._start", "root.both", "root.both.left", "root.both.right", "root.both._end"],
    parents: [],
  });
  expect(clusters.map(({ cluster }) => cluster.uid)).toEqual([
    "cluster_root.choose",
    "cluster_root.both",
    "cluster_root.order",
    "root.Triggers",
  ]);
  expect(flowables).toEqual(["choose", "both", "order"]);
  const uids = new Set(nodes.map(({ uid }) => uid));
  expect(edges.filter(({ source, target }) => !uids.has(source) || !uids.has(target))).toEqual([]);
});

test("what runs finally, or after the end, is drawn behind all that may come before it", async () => {
  const { call } = await setup();
  const task = (id: string) => `{ id: ${id}, type: ${TYPES}.log.Log, message: m }`;
  const source = `id: endings
namespace: company.team
tasks:
  - id: seq
    type: ${TYPES}.flow.Sequential
    tasks: [${task("a")}]
    errors: [${task("e")}]
    finally: [${task("f")}]
afterExecution: [${task("end")}, ${task("finally")}]
`;
  const { nodes, edges } = (await call("POST", "/flows/graph", source)).json as Graph;
  expect(edges.map(({ source: from, target, relation }) => `${from} ${relation.relationType} ${target}`)).toEqual([
    "root.seq._start SEQUENTIAL root.seq",
    "root.seq SEQUENTIAL root.seq.a",
    "root.seq ERROR root.seq.e",
    "root.seq.a SEQUENTIAL root.seq._finally",
    "root.seq.e SEQUENTIAL root.seq._finally",
    "root.seq._finally FINALLY root.seq.f",
    "root.seq.f SEQUENTIAL root.seq._end",
    "root._start SEQUENTIAL root.seq._start",
    "root.seq._end SEQUENTIAL root._afterExecution",
    "root._afterExecution AFTER_EXECUTION root.end",
    "root.end SEQUENTIAL root.finally",
    "root.finally SEQUENTIAL root._end",
  ]);
  expect(new Set(nodes.map(({ uid }) => uid)).size).toBe(nodes.length);
  expect(nodes.find(({ uid }) => uid === "root.seq._finally")?.type).toMatch(/\.GraphClusterFinally$/u);
});

test("a subflow is drawn in its place when asked for", async () => {
  const { call } = await withNested();
  const drawn = (await call("GET", "/flows/company.team/nested/graph?subflows=root.call")).json as Graph;
  expect(drawn.nodes.map(({ uid }) => uid)).toContain("root.call.hello");
  const posted = (await call("POST", "/flows/graph", NESTED)).json as Graph;
  expect(posted.nodes.map(({ uid }) => uid)).not.toContain("root.call.hello");
});

test("what is no flow, or not there, can't be drawn", async () => {
  const { call } = await withNested();
  expect((await call("POST", "/flows/graph", "id: x")).status).toBe(422);
  expect((await call("GET", "/flows/company.team/absent/graph")).status).toBe(404);
  expect((await call("GET", "/flows/company.team/nested/graph?revision=0")).status).toBe(422);
});

test("dependencies are the subflows that are started and the flows that are waited for", async () => {
  const { call } = await withNested();
  const edges = [
    { source: "company.team.nested", target: "company.team.hello", relation: "FLOW_TASK" },
    { source: "company.team.hello", target: "company.team.nested", relation: "FLOW_TRIGGER" },
  ];
  const nodes = expect.arrayContaining([{ uid: "company.team.hello", namespace: "company.team", id: "hello" }]);
  for (const path of ["/flows/company.team/nested/dependencies", "/namespaces/company/dependencies", "/dependencies"])
    expect((await call("GET", path)).json).toEqual({ nodes, edges });
  const destination = await call("GET", "/flows/company.team/nested/dependencies?destinationOnly=true");
  expect(destination.json).toEqual({ nodes, edges: [edges[1]] });
  expect((await call("GET", "/flows/company.team/absent/dependencies")).status).toBe(404);
  expect((await call("GET", "/flows/company.team/hello/dependencies?expandAll=maybe")).status).toBe(400);
});

test("dependencies of dependencies are followed when asked for", async () => {
  const { call, runtime } = await setup();
  const chain = (id: string, next: string) =>
    `id: ${id}\nnamespace: company.team\ntasks:\n  - { id: t, type: ${TYPES}.flow.Subflow, namespace: company.team, flowId: ${next} }\n`;
  for (const [id, next] of [
    ["a", "b"],
    ["b", "c"],
    ["c", "hello"],
  ] as const)
    await runtime.flows.save("main", chain(id, next));
  const count = async (query: string) =>
    ((await call("GET", `/flows/company.team/a/dependencies?${query}`)).json as { nodes: object[] }).nodes.length;
  expect([await count(""), await count("expandAll=true")]).toEqual([2, 4]);
});

test("a flow that is started by the end of any does not depend on itself", async () => {
  const { call, runtime } = await setup();
  const again = `{ id: t, type: ${TYPES}.log.Log, message: x }`;
  const source = `id: again\nnamespace: company.team\ntasks: [${again}]\ntriggers: [{ id: any, type: ${TYPES}.trigger.Flow }]\n`;
  await runtime.flows.save("main", source);
  expect((await call("GET", "/flows/company.team/again/dependencies")).json).toMatchObject({
    edges: [{ source: "company.team.hello", target: "company.team.again", relation: "FLOW_TRIGGER" }],
  });
});

test("sources are searched, matches are marked", async () => {
  const { call } = await withNested();
  const { json } = await call("GET", "/flows/source?q=MESSAGE:%20hi&namespace=company");
  expect(json).toMatchObject({ total: 1, results: [{ model: { id: "hello" } }] });
  expect(JSON.stringify(json)).toContain("[mark]message: hi[/mark]");
  expect((await call("GET", "/flows/source?q=message&size=1&page=2")).json).toMatchObject({
    total: 2,
    results: [{ model: {} }],
  });
  expect((await call("GET", "/flows/source?q=message&namespace=other")).json).toEqual({ total: 0, results: [] });
  expect((await call("GET", "/flows/source?size=0")).status).toBe(422);
});

test("one task and one trigger are checked without a flow around them", async () => {
  const { call } = await setup();
  const check = async (path: string, body: string) => (await call("POST", path, body)).json;
  const right = `id: a\ntype: ${TYPES}.log.Log\nmessage: "{{ outputs.other.value }}"\n`;
  expect(await check("/flows/validate/task?section=TASKS", right)).toEqual({ index: 0, outdated: false });
  expect(await check("/flows/validate/task", right)).toEqual({ index: 0, outdated: false });
  expect(await check("/flows/validate/task?section=TASKS", right.replace("message", "mesage"))).toMatchObject({
    constraints: expect.stringContaining("mesage"),
  });
  const trigger = { id: "t", type: `${TYPES}.trigger.Schedule`, cron: "0 3 * * *" };
  expect(await check("/flows/validate/trigger", JSON.stringify(trigger))).toEqual({ index: 0, outdated: false });
  expect(await check("/flows/validate/trigger", JSON.stringify({ ...trigger, cron: "never" }))).toMatchObject({
    constraints: expect.stringContaining("cron"),
  });
  expect(await check("/flows/validate/task?section=TASKS", "{")).toMatchObject({ constraints: expect.any(String) });
  expect((await call("POST", "/flows/validate/task?section=OTHER", right)).status).toBe(400);
});

test("one task of a flow is replaced, the rest keeps its comments", async () => {
  const { call, runtime } = await setup();
  const source = `# kept\n${FLOW.replace("id: hello\nnamespace", "id: commented\nnamespace")}`;
  await runtime.flows.save("main", source);
  const task = { id: "hello", type: `${TYPES}.log.Log`, message: "ho" };
  const { status, json } = await call("PATCH", "/flows/company.team/commented/hello", task);
  expect([status, json]).toEqual([
    200,
    expect.objectContaining({ revision: 2, source: expect.stringContaining("# kept") }),
  ]);
  expect((json as { source: string }).source).toContain("message: ho");
  expect((await call("PATCH", "/flows/company.team/commented/hello", { ...task, id: "other" })).status).toBe(422);
  expect((await call("PATCH", "/flows/company.team/commented/absent", { ...task, id: "absent" })).status).toBe(404);
  expect((await call("PATCH", "/flows/company.team/absent/hello", task)).status).toBe(404);
  expect((await call("PATCH", "/flows/company.team/commented/hello", [])).status).toBe(422);
});

test("a task deep in a flow is replaced as well", async () => {
  const { call } = await withNested();
  for (const id of ["no", "second"]) {
    const task = { id, type: `${TYPES}.log.Log`, message: "replaced" };
    const { json } = await call("PATCH", `/flows/company.team/nested/${id}`, task);
    expect((json as { source: string }).source).toContain("message: replaced");
  }
});

test("flows with tasks of deprecated types are listed", async () => {
  const { call, runtime } = await setup();
  const old = `id: old\nnamespace: company.team\ntasks:\n  - id: each\n    type: io.kestra.core.tasks.flows.EachSequential\n    value: "[1]"\n    tasks:\n      - { id: t, type: ${TYPES}.log.Log, message: a }\n`;
  await runtime.flows.save("main", old);
  expect((await call("GET", "/flows/deprecated")).json).toMatchObject([
    { flowId: "old", revision: 1, deprecatedTasks: [{ taskId: "each" }] },
  ]);
  expect((await call("GET", "/flows/deprecated?namespace=other")).json).toEqual([]);
  expect((await call("POST", "/flows/validate", old)).json).toMatchObject([{ deprecationPaths: ["tasks[0].type"] }]);
  const [valid] = (await call("POST", "/flows/validate", FLOW)).json as object[];
  expect(valid).not.toHaveProperty("deprecationPaths");
});

test("flows with a limit of executions are listed with how many run", async () => {
  const { call, start, change } = await setup();
  const limited = FLOW.replace("tasks:", "concurrency: { limit: 2 }\ntasks:");
  expect((await call("GET", "/concurrency-limit/search")).json).toEqual({ results: [], total: 0 });
  expect((await call("PUT", "/flows/company.team/hello", limited)).status).toBe(200);
  await call("POST", "/flows", FLOW.replace("id: hello", "id: second").replace("message: hi", "message: concurrency"));
  change(await start(), { state: "QUEUED" });
  change(await start(), { state: "PAUSED" });
  change(await start(), { state: "SUCCESS" });
  expect((await call("GET", "/concurrency-limit/search")).json).toEqual({
    results: [{ tenantId: "main", namespace: "company.team", flowId: "hello", running: 1, limit: 2 }],
    total: 1,
  });
  expect((await call("GET", "/concurrency-limit/search?page=2")).json).toEqual({ results: [], total: 1 });
  expect((await call("GET", "/concurrency-limit/search?page=0")).status).toBe(422);
});
