import { expect, test } from "vitest";
import { FLOW, setup } from "../testing/setup.ts";

const flow = (id: string, message = "hi", namespace = "company.team") =>
  FLOW.replace("id: hello\nnamespace: company.team", `id: ${id}\nnamespace: ${namespace}`).replace(
    "message: hi",
    `message: ${message}`,
  );

test("a flow is created, read with its exact source, and not created twice", async () => {
  const { call } = await setup();
  const created = await call("POST", "/flows", flow("fresh"), { "content-type": "application/x-yaml" });
  expect(created.status).toBe(200);
  expect(created.json).toMatchObject({
    id: "fresh",
    namespace: "company.team",
    tenantId: "main",
    revision: 1,
    source: flow("fresh"),
  });
  const read = await call("GET", "/flows/company.team/fresh");
  expect(read.json).toMatchObject({ tasks: [{ id: "hello", type: "io.kestra.plugin.core.log.Log", message: "hi" }] });
  expect(read.json).not.toHaveProperty("source");
  expect((await call("GET", "/flows/company.team/fresh?source=true")).json).toMatchObject({ source: flow("fresh") });
  expect((await call("POST", "/flows", flow("fresh"))).status).toBe(422);
});

test("an invalid flow is refused with every problem", async () => {
  const { call } = await setup();
  const answer = await call("POST", "/flows", "id: broken\nnamespace: company.team\nunknown: 1\ntasks:\n  - id: a\n");
  expect(answer.status).toBe(422);
  expect((answer.json as { _embedded: { errors: unknown[] } })._embedded.errors.length).toBeGreaterThan(1);
});

test("an update makes a revision, the same source none, another id is refused", async () => {
  const { call } = await setup();
  expect((await call("PUT", "/flows/company.team/hello", flow("hello", "bye"))).json).toMatchObject({ revision: 2 });
  expect((await call("PUT", "/flows/company.team/hello", flow("hello", "bye"))).json).toMatchObject({ revision: 2 });
  expect((await call("PUT", "/flows/company.team/hello", flow("other"))).status).toBe(422);
  expect((await call("PUT", "/flows/company.team/absent", flow("absent"))).status).toBe(404);
  expect((await call("PUT", "/flows/company.team/absent", flow("other"))).status).toBe(404);
  expect((await call("GET", "/flows/company.team/hello?revision=1&source=true")).json).toMatchObject({ source: FLOW });
  expect((await call("GET", "/flows/company.team/hello?revision=9")).status).toBe(404);
  expect((await call("GET", "/flows/company.team/hello?revision=zero")).status).toBe(400);
  expect((await call("GET", "/flows/company.team/hello/revisions")).json).toMatchObject([
    { revision: 1 },
    { revision: 2 },
  ]);
  expect((await call("GET", "/flows/company.team/absent/revisions")).status).toBe(404);
});

test("a deleted flow is gone but can be asked for", async () => {
  const { call } = await setup();
  const deleted = await call("DELETE", "/flows/company.team/hello");
  expect([deleted.status, deleted.text]).toEqual([204, ""]);
  expect((await call("GET", "/flows/company.team/hello")).status).toBe(404);
  expect((await call("DELETE", "/flows/company.team/hello")).status).toBe(404);
  expect((await call("GET", "/flows/company.team/hello?allowDeleted=true")).json).toMatchObject({ deleted: true });
});

test("one task of a flow", async () => {
  const { call } = await setup();
  expect((await call("GET", "/flows/company.team/hello/tasks/hello")).json).toMatchObject({
    id: "hello",
    message: "hi",
  });
  expect((await call("GET", "/flows/company.team/hello/tasks/absent")).status).toBe(404);
});

test("flows are searched by text and namespace, page by page", async () => {
  const { call } = await setup();
  await call("POST", "/flows", flow("other", "hi", "company"));
  const ids = async (query: string) => {
    const { json } = await call("GET", `/flows/search?${query}`);
    return (json as { results: { id: string }[] }).results.map(({ id }) => id);
  };
  expect(await ids("")).toEqual(["other", "hello"]);
  expect(await ids("q=hel")).toEqual(["hello"]);
  expect(await ids("namespace=company")).toEqual(["other", "hello"]);
  expect(await ids("filters[namespace][EQUALS]=company")).toEqual(["other"]);
  expect((await call("GET", "/flows/search?size=1&page=2")).json).toMatchObject({
    total: 2,
    results: [{ id: "hello" }],
  });
  expect((await call("GET", "/flows/search?filters[color][EQUALS]=red")).status).toBe(400);
  expect((await call("GET", "/flows/search?filters[namespace][LESS_THAN]=a")).status).toBe(400);
  expect((await call("GET", "/flows/search?sort=color:asc")).status).toBe(422);
  expect((await call("GET", "/flows/search?size=0")).status).toBe(422);
  expect((await call("GET", "/flows/company.team")).json).toMatchObject([{ id: "hello" }]);
  expect((await call("GET", "/flows/..%2Fx")).status).toBe(422);
  expect((await call("GET", "/flows/distinct-namespaces?q=team")).json).toEqual(["company.team"]);
});

test("validation always answers, one entry for each document, silent where nothing is wrong", async () => {
  const { call } = await setup();
  const { status, json } = await call(
    "POST",
    "/flows/validate",
    `${FLOW}---\nid: broken\nnamespace: a.b\n---\nid: [\n`,
  );
  expect(status).toBe(200);
  const [valid, broken, unreadable] = json as Record<string, unknown>[];
  expect(valid).toEqual({ index: 0, namespace: "company.team", flow: "hello", outdated: true });
  const [current] = (await call("POST", "/flows/validate", `${FLOW}revision: 1\n`)).json as object[];
  expect(current).toMatchObject({ flow: "hello", outdated: false });
  expect(broken).toMatchObject({
    index: 1,
    namespace: "a.b",
    flow: "broken",
    constraints: expect.stringContaining("tasks"),
  });
  expect(unreadable).toMatchObject({ index: 2, constraints: expect.stringMatching(/^Unable to validate the flow/) });
});

test("a flow is checked once when it is stored, and not again to show it", async () => {
  const { call, runtime } = await setup();
  let checks = 0;
  const save = runtime.flows.save.bind(runtime.flows);
  const check = runtime.flows.check.bind(runtime.flows);
  const counted = (source: string) => {
    checks += 1;
    return check(source);
  };
  runtime.flows.check = counted;
  runtime.flows.save = (tenant, source, options = {}) =>
    save(tenant, source, { ...options, checked: options.checked ?? counted(source) });
  expect((await call("POST", "/flows", flow("once"))).json).toMatchObject({ tasks: [{ id: "hello", message: "hi" }] });
  expect((await call("PUT", "/flows/company.team/once", flow("once", "bye"))).status).toBe(200);
  expect(checks).toBe(2);
  await call("POST", "/flows/company.team?delete=false", `${flow("once", "again")}---\n${flow("other")}`);
  expect(checks).toBe(4);
});

test("applying a namespace creates, updates and removes the rest", async () => {
  const { call, memory } = await setup();
  await call("POST", "/flows", flow("kept", "old"));
  await call("POST", "/flows", flow("elsewhere", "hi", "company"));
  const answer = await call("POST", "/flows/company.team", `${flow("kept", "new")}---\n${flow("added")}`);
  expect(answer.json).toMatchObject([
    { id: "hello", deleted: true, revision: 2 },
    { id: "kept", revision: 2, deleted: false },
    { id: "added" },
  ]);
  expect(memory.flows.get("company.elsewhere")?.at(-1)?.deleted).toBe(false);
});

test("applying stores nothing when one document is wrong, foreign or there twice", async () => {
  const { call, memory } = await setup();
  for (const second of ["id: broken\n", flow("foreign", "hi", "other"), flow("added")]) {
    const answer = await call("POST", "/flows/company.team?delete=false", `${flow("added")}---\n${second}`);
    expect(answer.status).toBe(422);
  }
  expect(memory.flows.has("company.team.added")).toBe(false);
  expect((await call("POST", "/flows/bulk?delete=false", flow("added"))).status).toBe(200);
  expect(memory.flows.get("company.team.hello")?.at(-1)?.deleted).toBe(false);
});

test("many flows are enabled, disabled and deleted, all or none", async () => {
  const { call, memory } = await setup();
  const ids = [{ namespace: "company.team", id: "hello" }];
  const latest = () => memory.flows.get("company.team.hello")?.at(-1);
  expect((await call("POST", "/flows/disable/by-ids", ids)).json).toMatchObject({ count: 1, totalItems: 1 });
  expect(latest()?.disabled).toBe(true);
  await call("POST", "/flows/enable/by-query?namespace=company.team");
  expect(latest()?.disabled).toBe(false);
  await call("POST", "/flows/disable/by-query?q=hello");
  await call("POST", "/flows/enable/by-ids", ids);
  expect(await call("POST", "/flows/disable/by-ids", [...ids, { namespace: "a", id: "absent" }])).toMatchObject({
    status: 400,
    json: {
      message: expect.stringContaining("invalid bulk disable"),
      invalids: [{ message: "there is no such flow", invalidValue: "a.absent" }],
    },
  });
  expect(latest()?.disabled).toBe(false);
  expect((await call("DELETE", "/flows/delete/by-query")).status).toBe(400);
  expect((await call("DELETE", "/flows/delete/by-query?colour=red")).status).toBe(400);
  expect((await call("DELETE", "/flows/delete/by-ids", "[{]")).status).toBe(422);
  expect((await call("DELETE", "/flows/delete/by-ids", ids)).json).toMatchObject({ count: 1 });
  expect(latest()?.deleted).toBe(true);
  await call("POST", "/flows", flow("hello", "again"));
  expect((await call("DELETE", "/flows/delete/by-query?q=hello")).json).toMatchObject({ count: 1 });
});

test("flows of a namespace are moved into it, or held within it, when asked for", async () => {
  const { call, memory } = await setup();
  const other = flow("moved", "hi", "other.team");
  expect((await call("POST", "/flows/company.team?delete=false", other)).status).toBe(422);
  expect((await call("POST", "/flows/company.team?delete=false&override=true", other)).json).toMatchObject([
    { id: "moved", namespace: "company.team" },
  ]);
  const child = flow("child", "hi", "company.team.project");
  expect((await call("POST", "/flows/bulk?delete=false&namespace=company.team", child)).status).toBe(422);
  const query = "delete=false&namespace=company.team&allowNamespaceChild=true";
  expect((await call("POST", `/flows/bulk?${query}`, child)).json).toMatchObject([{ id: "child" }]);
  expect([...memory.flows.keys()]).not.toContain("other.team.moved");
});

test("flows may come as a list of JSON, as clients before 2.0 send them", async () => {
  const { call } = await setup();
  const task = { id: "t", type: "io.kestra.plugin.core.log.Log", message: "hi" };
  const body = [{ id: "json", namespace: "company.team", tasks: [task] }];
  expect((await call("POST", "/flows/company.team?delete=false", body)).json).toMatchObject([
    { id: "json", revision: 1 },
  ]);
});

test("a draft is refused, because nothing would keep it from running", async () => {
  const { call, runtime } = await setup();
  const source = FLOW.replace("id: hello", "id: unfinished");
  const refused = await call("POST", "/flows?draft=true", source);
  expect(refused).toMatchObject({ status: 400, json: { message: expect.stringContaining("disabled: true") } });
  expect(await runtime.flows.get({ tenant: "main", namespace: "company.team", id: "unfinished" })).toBeUndefined();
  expect((await call("PUT", "/flows/company.team/hello?draft=true", FLOW)).status).toBe(400);
  expect((await call("POST", "/flows?draft=false", source)).status).toBe(200);
});

test("the files of a form are checked, each document by its file", async () => {
  const { server } = await setup();
  const parts = [
    ["a.yaml", FLOW],
    ["b.yaml", `${FLOW}---\n${FLOW.replace("message:", "mesage:")}`],
  ];
  const file = ([name, text]: readonly string[]) =>
    `--x\r\nContent-Disposition: form-data; name="files"; filename="${name}"\r\n\r\n${text}\r\n`;
  const send = (payload: string) =>
    server.inject({
      method: "POST",
      url: "/api/v1/main/flows/validate",
      headers: { "content-type": "multipart/form-data; boundary=x" },
      payload,
    });
  const checked = JSON.parse((await send(`${parts.map(file).join("")}--x--\r\n`)).body) as object[];
  expect(checked).toEqual([
    expect.objectContaining({ index: 0, filename: "a.yaml", flow: "hello" }),
    expect.objectContaining({ index: 1, filename: "b.yaml", flow: "hello" }),
    expect.objectContaining({ index: 2, filename: "b.yaml", constraints: expect.stringContaining("mesage") }),
  ]);
  expect(checked[0]).not.toHaveProperty("constraints");
  expect((await send("--x--\r\n")).statusCode).toBe(422);
});

test("a flow is shown as it was written, whole and task by task, so that a client can send it back", async () => {
  const { call } = await setup();
  const task = {
    id: "said",
    type: "core.log.Log",
    description: "why it is here",
    message: "hi",
    taskCache: { enabled: true, ttl: "PT1H" },
    retry: { type: "constant", interval: "PT1M", maxAttempts: 2 },
    allowFailure: false,
  };
  const pause = { id: "asks", type: "core.flow.Pause", onResume: [{ id: "n", type: "INT" }] };
  const written = {
    id: "whole",
    namespace: "company.team",
    tasks: [{ id: "all", type: "core.flow.Sequential", description: "both", tasks: [task, pause] }],
    pluginDefaults: [{ type: "core.log.Log", values: { timeout: "PT1H" } }],
    listeners: [{ tasks: [{ id: "heard", type: "core.log.Log", message: "x" }] }],
    triggers: [{ id: "daily", type: "core.trigger.Schedule", cron: "0 9 * * *", logLevel: "WARN" }],
  };
  expect((await call("POST", "/flows", JSON.stringify(written))).json).toMatchObject(written);
  const read = (await call("GET", "/flows/company.team/whole")).json as typeof written;
  expect([read.tasks, read.pluginDefaults, read.listeners]).toEqual([
    written.tasks,
    written.pluginDefaults,
    written.listeners,
  ]);
  const path = "/flows/company.team/whole";
  expect((await call("GET", `${path}/tasks/said`)).json).toEqual(task);
  expect((await call("PATCH", `${path}/said`, { ...task, message: "bye" })).status).toBe(200);
  expect((await call("GET", `${path}/tasks/said`)).json).toEqual({ ...task, message: "bye" });
});
