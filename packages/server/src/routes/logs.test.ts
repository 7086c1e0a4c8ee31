import { expect, test } from "vitest";
import { NOW, setup, type Setup } from "../testing/setup.ts";

async function withLogs(): Promise<Setup & { id: string }> {
  const bundle = await setup();
  const id = await bundle.start();
  const source = { tenant: "main", namespace: "company.team", flowId: "hello", executionId: id };
  bundle.log({
    ...source,
    taskId: "hello",
    taskRunId: `${id}-run`,
    attempt: 1,
    lines: [
      { time: NOW, level: "INFO", message: "first" },
      { time: NOW + 1500, level: "ERROR", message: "second" },
    ],
  });
  const taskRun = { ...source, taskId: "hello", taskRunId: `${id}-run` };
  const metric = { ...taskRun, name: "rows", type: "counter", value: 3, tags: { a: "b" }, time: NOW } as const;
  await bundle.runtime.store.commit({ metrics: [metric] });
  return { ...bundle, id };
}

test("the log of an execution, all of it or from a level on", async () => {
  const { call, id } = await withLogs();
  expect((await call("GET", `/logs/${id}`)).json).toEqual([
    {
      tenantId: "main",
      namespace: "company.team",
      flowId: "hello",
      taskId: "hello",
      executionId: id,
      taskRunId: `${id}-run`,
      attemptNumber: 1,
      timestamp: "2026-01-02T03:04:05.000Z",
      level: "INFO",
      message: "first",
    },
    expect.objectContaining({ level: "ERROR", message: "second" }),
  ]);
  expect((await call("GET", `/logs/${id}?minLevel=ERROR`)).json).toMatchObject([{ message: "second" }]);
  expect((await call("GET", `/logs/${id}?taskRunId=other`)).json).toEqual([]);
  expect((await call("GET", `/logs/${id}?minLevel=LOUD`)).status).toBe(400);
  expect((await call("GET", "/logs/absent")).status).toBe(404);
});

test("what was kept of an execution when it was deleted can be read, and then deleted", async () => {
  const { call, id } = await withLogs();
  expect((await call("DELETE", `/executions/${id}?deleteLogs=false&deleteMetrics=false`)).status).toBe(204);
  expect((await call("GET", `/logs/${id}`)).json).toMatchObject([{ message: "first" }, { message: "second" }]);
  expect((await call("GET", `/logs/${id}/download`)).text).toContain("INFO first");
  expect((await call("GET", `/logs/${id}/follow`)).status).toBe(404);
  expect((await call("GET", `/metrics/${id}`)).json).toMatchObject({ total: 1, results: [{ name: "rows" }] });
  expect((await call("DELETE", `/logs/${id}`)).status).toBe(200);
  expect((await call("GET", `/logs/${id}`)).status).toBe(404);
});

test("logs are searched across executions", async () => {
  const { call, id } = await withLogs();
  expect((await call("GET", "/logs/search?q=sec")).json).toMatchObject({ total: 1, results: [{ executionId: id }] });
  expect((await call("GET", "/logs/search?filters[level][GREATER_THAN_OR_EQUAL_TO]=ERROR")).json).toMatchObject({
    total: 1,
  });
  expect((await call("GET", "/logs/search?filters[level][EQUALS]=LOUD")).status).toBe(400);
  expect((await call("GET", "/logs/search?sort=message:asc")).status).toBe(422);
});

test("a log is downloaded as text and deleted", async () => {
  const { call, id } = await withLogs();
  const answer = await call("GET", `/logs/${id}/download`);
  expect(answer.text).toBe("2026-01-02T03:04:05.000Z INFO first\n2026-01-02T03:04:06.500Z ERROR second");
  expect(answer.headers["content-disposition"]).toContain(`${id}.log`);
  expect((await call("GET", "/logs/absent/download")).status).toBe(404);
  // A parameter that is not understood would delete all of it.
  expect((await call("DELETE", `/logs/${id}?attempts=9`)).status).toBe(400);
  expect((await call("DELETE", `/logs/${id}?filters[colour][EQUALS]=red`)).status).toBe(400);
  expect((await call("GET", `/logs/${id}`)).json).toHaveLength(2);
  expect((await call("DELETE", `/logs/${id}?filters[q][EQUALS]=first`)).status).toBe(200);
  expect((await call("GET", `/logs/${id}`)).json).toMatchObject([{ message: "second" }]);
  expect((await call("DELETE", `/logs/${id}?attempt=1&minLevel=INFO`)).status).toBe(200);
  expect((await call("GET", `/logs/${id}`)).json).toEqual([]);
  expect((await call("DELETE", "/logs/absent")).status).toBe(404);
});

test("metrics of an execution", async () => {
  const { call, id } = await withLogs();
  expect((await call("GET", `/metrics/${id}`)).json).toMatchObject({
    total: 1,
    results: [{ name: "rows", type: "counter", value: 3, tags: { a: "b" }, timestamp: "2026-01-02T03:04:05.000Z" }],
  });
  expect((await call("GET", "/metrics/absent")).status).toBe(404);
  expect((await call("GET", `/metrics/${id}?page=x`)).status).toBe(400);
});

test("the log of a trigger is deleted, that of executions stays", async () => {
  const { call, start, log, runtime } = await setup();
  const flow = { tenant: "main", namespace: "company.team", flowId: "hello" };
  const lines = [{ time: NOW, level: "INFO" as const, message: "a" }];
  log({ ...flow, triggerId: "daily", lines });
  log({ ...flow, executionId: await start(), lines });
  expect((await call("DELETE", "/logs/company.team/hello")).status).toBe(400);
  expect((await call("DELETE", "/logs/company.team/hello?triggerId=daily")).status).toBe(200);
  const { rows } = await runtime.store.logs.search({ tenant: "main" }, { offset: 0, limit: 9 });
  expect(rows.map(({ triggerId }) => triggerId)).toEqual([undefined]);
});

test("a log of more lines than are read at once is whole", async () => {
  const { call, start, log } = await setup();
  const id = await start();
  const lines = Array.from({ length: 2500 }, (_, index) => ({
    time: NOW,
    level: "INFO" as const,
    message: `line ${index}`,
  }));
  log({ tenant: "main", namespace: "company.team", flowId: "hello", executionId: id, lines });
  expect((await call("GET", `/logs/${id}`)).json).toHaveLength(2500);
  expect((await call("GET", `/logs/${id}/download`)).text.split("\n")).toHaveLength(2500);
  expect((await call("GET", `/logs/${id}?minLevel=ERROR`)).json).toEqual([]);
});

test("a cursor that nobody gave out is refused", async () => {
  const { call } = await setup();
  const refused = await call("GET", "/logs/search?cursor=abc");
  expect([refused.status, refused.text]).toEqual([400, expect.stringContaining("by page and size")]);
  expect((await call("GET", "/logs/search?cursor=")).status).toBe(200);
});
