import { expect, test } from "vitest";
import { setup } from "../testing/setup.ts";

const at = "2026-01-02T03:04:05.000Z";

test("an execution is started without a body and shown in the shape of clients", async () => {
  const { call } = await setup();
  const { status, json } = await call("POST", "/executions/company.team/hello?labels=team:a&labels=env:b:c");
  expect(status).toBe(200);
  const id = (json as { id: string }).id;
  expect(json).toEqual({
    id,
    tenantId: "main",
    namespace: "company.team",
    flowId: "hello",
    flowRevision: 1,
    taskRunList: [
      {
        id: `${id}-run`,
        tenantId: "main",
        executionId: id,
        namespace: "company.team",
        flowId: "hello",
        taskId: "hello",
        attempts: [
          {
            state: { current: "RUNNING", histories: [{ state: "RUNNING", date: at }], startDate: at, duration: "PT0S" },
          },
        ],
        outputs: { value: 1 },
        state: { current: "RUNNING", histories: [{ state: "RUNNING", date: at }], startDate: at, duration: "PT0S" },
      },
    ],
    inputs: {},
    labels: [
      { key: "team", value: "a" },
      { key: "env", value: "b:c" },
    ],
    variables: {},
    state: {
      current: "RUNNING",
      histories: [
        { state: "CREATED", date: at },
        { state: "RUNNING", date: at },
      ],
      startDate: at,
      duration: "PT0S",
    },
    originalId: id,
    deleted: false,
    metadata: { attemptNumber: 1, originalCreatedDate: at },
    url: `/ui/main/executions/company.team/hello/${id}`,
  });
});

test("a start is refused for an absent or disabled flow, a wrong label, date, kind, revision or body", async () => {
  const { call, runtime } = await setup();
  const start = async (query: string, body?: string) =>
    (await call("POST", `/executions/company.team/hello?${query}`, body)).status;
  expect((await call("POST", "/executions/company.team/absent")).status).toBe(404);
  expect(await start("labels=nocolon")).toBe(422);
  expect(await start("labels=system.from:me")).toBe(422);
  expect(await start("labels=system.correlationId:mine")).toBe(200);
  expect(await start("scheduleDate=tomorrow")).toBe(400);
  expect(await start("scheduleDate=2027-01-01T00:00:00[Europe/Paris]")).toBe(400);
  expect(await start("kind=OTHER")).toBe(400);
  expect(await start("revision=9")).toBe(404);
  expect(await start("", '{"data":1}')).toBe(422);
  await runtime.flows.setDisabled({ tenant: "main", namespace: "company.team", id: "hello" }, true);
  expect(await start("")).toBe(409);
});

test("a scheduled start of a revision keeps its date, also under the old path", async () => {
  const { call } = await setup();
  const path = "/executions/trigger/company.team/hello?revision=1&scheduleDate=2027-01-01T00:00:00Z&kind=TEST";
  expect((await call("POST", path)).json).toMatchObject({
    scheduleDate: "2027-01-01T00:00:00.000Z",
    kind: "TEST",
    flowRevision: 1,
  });
});

test.each([
  ["2027-01-01T09:00+01:00", "2027-01-01T08:00:00.000Z"],
  ["2027-01-01T09:00Z", "2027-01-01T09:00:00.000Z"],
  ["2027-01-01T09:00:01.5+01:00[Europe/Paris]", "2027-01-01T08:00:01.500Z"],
  ["2027-01-01T09:00Z[Etc/GMT+0]", "2027-01-01T09:00:00.000Z"],
])("the date %s of a start is read as clients in Java write it", async (written, scheduleDate) => {
  const { call } = await setup();
  const path = `/executions/company.team/hello?scheduleDate=${encodeURIComponent(written)}`;
  expect((await call("POST", path)).json).toMatchObject({ scheduleDate });
});

test("executions are read, searched, listed by flow and deleted", async () => {
  const { call, start, change } = await setup();
  const id = await start();
  const failed = await start();
  change(failed, { state: "FAILED", error: "no reason" });
  expect((await call("GET", `/executions/${failed}`)).json).toMatchObject({
    error: "no reason",
    state: { current: "FAILED", endDate: at },
  });
  expect((await call("GET", "/executions/absent")).status).toBe(404);
  const found = async (query: string) => {
    const { json } = await call("GET", `/executions/search?${query}`);
    return (json as { results: { id: string }[] }).results.map((one) => one.id);
  };
  expect(await found("")).toEqual([failed, id]);
  expect(await found("state=FAILED&state=KILLED")).toEqual([failed]);
  expect(await found("filters[state][NOT_IN]=FAILED,KILLED&filters[flow_id][EQUALS]=hello")).toEqual([id]);
  expect(await found("sort=state.startDate:asc")).toEqual([id, failed]);
  expect(await found("labels=a:b")).toEqual([]);
  expect(await found("timeRange=PT1H&namespace=company")).toEqual([failed, id]);
  expect((await call("GET", "/executions/search")).text).not.toContain("taskRunList");
  for (const query of [
    "state=WRONG",
    "startDate=soon",
    "timeRange=long",
    "filters[state]=x",
    "filters[labels][EQUALS]=x",
  ])
    expect([query, [400, 422]]).toEqual([
      query,
      expect.arrayContaining([(await call("GET", `/executions/search?${query}`)).status]),
    ]);
  expect((await call("GET", "/executions?namespace=company.team&flowId=hello")).json).toMatchObject({ total: 2 });
  expect((await call("GET", "/executions?namespace=company.team")).status).toBe(400);
  const latest = await call("POST", "/executions/latest", [{ namespace: "company.team", id: "hello" }]);
  expect(latest.json).toMatchObject([{ id: failed, status: "FAILED", startDate: at }]);
  expect((await call("POST", "/executions/latest", { id: 1 })).status).toBe(422);
  expect((await call("DELETE", `/executions/${id}?deleteLogs=false`)).status).toBe(204);
  expect((await call("DELETE", `/executions/${id}`)).status).toBe(404);
});

test("outputs of task runs and of the execution", async () => {
  const { call, start, change } = await setup();
  const id = await start();
  expect((await call("GET", `/outputs/${id}`)).json).toEqual([
    { taskId: "hello", taskRunId: `${id}-run`, inline: true },
  ]);
  expect((await call("GET", `/outputs/${id}/${id}-run`)).json).toEqual({ value: 1 });
  expect((await call("GET", `/outputs/${id}/absent`)).status).toBe(404);
  expect((await call("GET", "/outputs/absent")).status).toBe(404);
  expect((await call("GET", `/outputs/tasks/${id}/${id}-run`)).json).toEqual({ value: 1 });
  expect((await call("GET", `/outputs/tasks/${id}`)).json).toMatchObject([{ taskRunId: `${id}-run` }]);
  change(id, { outputs: { greeting: "hi" } });
  expect((await call("GET", `/outputs/executions/${id}`)).json).toEqual({ greeting: "hi" });
  expect((await call("GET", "/outputs/executions/absent")).status).toBe(404);
});

test("kill answers 202 on the old path and 200 on the new one, and 409 for an ended one that cascades nowhere", async () => {
  const { call, start } = await setup();
  const id = await start();
  const killed = await call("DELETE", `/executions/${id}/kill`);
  expect([killed.status, killed.json]).toEqual([202, expect.objectContaining({ id })]);
  expect((await call("DELETE", `/executions/${id}/actions/kill`)).status).toBe(200);
  const refused = await call("DELETE", `/executions/${id}/kill?isOnKillCascade=false`);
  expect([refused.status, refused.json]).toEqual([409, expect.objectContaining({ code: "execution-ended" })]);
  expect(refused.text).toContain("has ended, it is KILLED: with isOnKillCascade=true");
  expect((await call("DELETE", "/executions/absent/kill")).status).toBe(404);
});

test.each(["", "/actions"])("pause, resume, restart, replay, labels and states at {id}%s/{verb}", async (prefix) => {
  const { call, start, change } = await setup();
  const id = await start();
  const act = (verb: string, body?: unknown) => call("POST", `/executions/${id}${prefix}/${verb}`, body);
  expect((await act("pause")).json).toMatchObject({ state: { current: "PAUSED", endDate: at } });
  expect((await act("pause")).status).toBe(409);
  expect((await act("resume")).json).toMatchObject({ state: { current: "RUNNING" } });
  expect((await act("resume")).status).toBe(409);
  expect((await act("labels", [{ key: "a", value: "1" }])).status).toBe(400);
  expect((await act("change-status?status=SUCCESS")).status).toBe(409);
  change(id, {
    state: "FAILED",
    labels: [
      { key: "b", value: "2" },
      { key: "system.from", value: "api" },
    ],
  });
  const labelsAfter = async (given: object[]) =>
    ((await act("labels", given)).json as { labels: object[] }).labels.filter(
      (one) => !("key" in one && one.key === "system.from"),
    );
  const [a, b] = [
    { key: "a", value: "1" },
    { key: "b", value: "2" },
  ];
  expect(await labelsAfter([a, b, { key: "system.from", value: "api" }])).toEqual([a, b]);
  expect(await labelsAfter([{ key: "a", value: "2" }])).toEqual([{ key: "a", value: "2" }]);
  expect(await labelsAfter([])).toEqual([]);
  expect((await act("labels", [{ key: "system.from", value: "me" }])).status).toBe(422);
  expect((await act("labels", [{ key: "system.x", value: "1" }])).status).toBe(422);
  expect((await act("labels", { key: "a" })).status).toBe(422);
  expect((await act("change-status?status=RUNNING")).status).toBe(422);
  expect((await act("change-status?status=WRONG")).status).toBe(400);
  expect((await act("change-status?status=WARNING")).json).toMatchObject({ state: { current: "WARNING" } });
  expect((await act("restart")).status).toBe(409);
  change(id, { state: "FAILED" });
  expect((await act("restart")).json).toMatchObject({ id, state: { current: "RESTARTED" } });
  expect((await act(`replay?taskRunId=${id}-run`)).json).toMatchObject({ originalId: id, parentId: id });
  expect((await act("replay-with-inputs")).json).toMatchObject({ originalId: id, parentId: id });
  expect((await act("state", { taskRunId: `${id}-run`, state: "SUCCESS" })).json).toMatchObject({
    id,
    state: { current: "RESTARTED" },
  });
  expect((await act("state", { taskRunId: `${id}-run`, state: "WRONG" })).status).toBe(422);
  expect((await act("force-run")).status).toBe(200);
  expect((await act("unqueue?state=RUNNING")).status).toBe(409);
  change(id, { state: "QUEUED" });
  expect((await act("unqueue")).json).toMatchObject({ state: { current: "RUNNING" } });
  expect((await act("unqueue?state=SUCCESS")).status).toBe(400);
});

test("every action on an absent execution answers 404", async () => {
  const { call } = await setup();
  const verbs = [
    "pause",
    "resume",
    "restart",
    "replay",
    "replay-with-inputs",
    "force-run",
    "unqueue",
    "change-status?status=FAILED",
  ];
  for (const verb of verbs)
    expect([verb, (await call("POST", `/executions/absent/${verb}`)).status]).toEqual([verb, 404]);
  expect((await call("POST", "/executions/absent/labels", [])).status).toBe(404);
  expect((await call("POST", "/executions/absent/state", { taskRunId: "a", state: "FAILED" })).status).toBe(404);
});

test("breakpoints are refused, because an execution would run past them", async () => {
  const { call, start } = await setup();
  const id = await start();
  for (const path of ["company.team/hello", `${id}/replay`, `${id}/replay-with-inputs`]) {
    const refused = await call("POST", `/executions/${path}?breakpoints=hello`);
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining("breakpoints are not supported")]);
    expect((await call("POST", `/executions/${path}?breakpoints=`)).status).toBe(200);
  }
});

test("an expression is rendered, its mistake is an answer", async () => {
  const { call, start } = await setup();
  const id = await start();
  expect((await call("POST", `/executions/${id}/eval/${id}-run`, "{{ x }}")).json).toEqual({
    result: "rendered {{ x }}",
  });
  expect((await call("POST", `/executions/${id}/actions/eval/${id}-run`, "broken")).json).toEqual({
    error: "the expression is broken",
  });
  expect((await call("POST", `/executions/${id}/eval/absent`, "x")).status).toBe(404);
});

test("files are served below the execution's own folder only", async () => {
  const { call, start, runtime } = await setup();
  const id = await start();
  const other = await start();
  const folder = `/company/team/hello/executions/${id}`;
  await runtime.storage.put("main", `${folder}/tasks/a/out.txt`, "content");
  const get = (path: string, of = id) => call("GET", `/executions/${of}/file?path=${encodeURIComponent(path)}`);
  const file = await get(`kestra://${folder}/tasks/a/out.txt`);
  expect([file.status, file.text, file.headers["content-type"]]).toEqual([200, "content", "application/octet-stream"]);
  expect(file.headers["content-disposition"]).toContain("out.txt");
  expect((await call("GET", `/executions/${id}/file/metas?path=kestra://${folder}/tasks/a/out.txt`)).json).toEqual({
    size: 7,
  });
  expect((await call("GET", `/executions/${id}/file/metas?path=kestra://${folder}/absent`)).status).toBe(404);
  expect((await get(`kestra://${folder}/absent`)).status).toBe(404);
  const redirected = await get(`kestra://${folder}/tasks/a/out.txt`, other);
  expect([redirected.status, redirected.headers["location"]]).toEqual([
    302,
    expect.stringContaining(`/executions/${id}/file?path=`),
  ]);
  for (const path of [
    "kestra:///company/team/_files/a",
    `kestra://${folder}/../x`,
    `kestra://${folder}/%2e%2e/x`,
    "file:///etc/passwd",
    "/etc/passwd",
  ])
    expect([path, (await get(path)).status]).toEqual([path, 422]);
  expect((await call("GET", `/executions/${id}/file`)).status).toBe(400);
});
