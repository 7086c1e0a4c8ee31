import { expect, test } from "vitest";
import { NOW, setup } from "../testing/setup.ts";

const DATE = "2026-01-02T03:04:05.000Z";
const DAILY = { tenant: "main", namespace: "company.team", flowId: "hello", triggerId: "daily" };

test("the history of an execution is listed in pages, oldest first", async () => {
  const { call, start, change } = await setup();
  const id = await start();
  change(id, { state: "FAILED", error: "task `hello` failed" });
  const { json } = await call("GET", `/executions/${id}/history`);
  expect(json).toEqual({
    total: 4,
    results: [
      { date: DATE, to: "CREATED", why: { code: "created", text: "it was started by the API" } },
      { date: DATE, from: "CREATED", to: "RUNNING" },
      { date: DATE, to: "RUNNING", taskRun: { id: `${id}-run`, taskId: "hello", attempt: 1 } },
      { date: DATE, from: "RUNNING", to: "FAILED", why: { code: "failed", text: "task `hello` failed" } },
    ],
  });
  expect((await call("GET", `/executions/${id}/history?page=2&size=3`)).json).toMatchObject({
    total: 4,
    results: [{ to: "FAILED" }],
  });
  expect((await call("GET", `/executions/${id}/history?size=10001`)).status).toBe(422);
  expect((await call("GET", `/executions/${id}/history?size=x`)).status).toBe(400);
  expect((await call("GET", "/executions/absent/history")).status).toBe(404);
});

test("an execution is explained: what it waits for, and what was told a reason for", async () => {
  const { call, start, change, standings } = await setup();
  const id = await start();
  expect((await call("GET", `/executions/${id}/explain`)).json).toMatchObject({
    id,
    namespace: "company.team",
    flowId: "hello",
    state: "RUNNING",
    since: DATE,
    waits: [{ kind: "job", since: DATE, goesOn: "the job ends", taskRun: { taskId: "hello" } }],
    waitsTotal: 1,
    reasons: [{ to: "CREATED", why: { code: "created" } }],
  });
  change(id, { state: "QUEUED" });
  const slot = { limit: 1, position: 2, waiting: 3, running: 1, holders: ["other"] };
  standings.set(id, slot);
  expect((await call("GET", `/executions/${id}/explain`)).json).toMatchObject({ waits: [{ kind: "slot", slot }] });
  expect((await call("GET", "/executions/absent/explain")).status).toBe(404);
});

test("a trigger is explained, also what it would make of an execution", async () => {
  const { call, runtime } = await setup();
  const type = "io.kestra.plugin.core.trigger.Schedule";
  await runtime.store.commit({ triggers: [{ ...DAILY, type, nextDate: NOW, disabled: false, updatedAt: NOW }] });
  const path = "/triggers/company.team/hello/daily/explain";
  const unmet = { condition: "DayWeek", properties: { dayOfWeek: "MONDAY" }, actual: { day: "FRIDAY" } };
  const evaluation = { date: DATE, outcome: "not-met", text: "a condition does not hold", unmet };
  expect((await call("GET", path)).json).toEqual({
    namespace: "company.team",
    flowId: "hello",
    triggerId: "daily",
    type,
    nextDate: DATE,
    findings: [{ code: "locked", text: "it waits", blocks: true, until: DATE, executionId: "locking" }],
    dates: [{ date: DATE, holds: false, unmet }],
    gathered: [{ name: "all/flow:0", date: DATE, executionId: "met" }, { name: "all/flow:1" }],
    evaluation,
  });
  expect((await call("GET", `${path}?executionId=one`)).json).toMatchObject({
    asked: { fires: false, evaluation: { ...evaluation, executionId: "one" } },
  });
  expect((await call("GET", `${path}?executionId=`)).status).toBe(400);
  expect((await call("GET", "/triggers/company.team/hello/absent/explain")).status).toBe(404);
});

test("who does something is told by the history: a name, or that it was a token", async () => {
  const authentication = { basic: { username: "ada", password: "Passw0rd" }, tokens: ["a-long-token"] };
  const { call, runtime, change } = await setup({ authentication });
  const ada = { authorization: `Basic ${Buffer.from("ada:Passw0rd").toString("base64")}` };
  const token = { authorization: "Bearer a-long-token" };
  const by = async (id: string) => {
    const { entries } = await runtime.executions.history("main", id);
    return entries.flatMap(({ why }) => (why?.by === undefined ? [] : [`${why.code} ${why.by}`]));
  };
  const form = { "content-type": "multipart/form-data; boundary=x", ...ada };
  const started = await call("POST", "/executions/company.team/hello", "--x--\r\n", form);
  const { id } = started.json as { id: string };
  expect(await by(id)).toEqual(["created ada"]);
  await call("POST", `/executions/${id}/pause`, undefined, token);
  expect(await by(id)).toEqual(["paused (a token)"]);
  await call("POST", `/executions/${id}/resume`, "--x--\r\n", form);
  expect(await by(id)).toEqual(["resumed ada"]);
  await call("DELETE", `/executions/${id}/kill`, undefined, ada);
  expect(await by(id)).toEqual(["killed ada"]);
  await call("POST", `/executions/${id}/change-status?status=FAILED`, undefined, ada);
  expect(await by(id)).toEqual(["state-changed ada"]);
  await call("POST", `/executions/${id}/restart`, undefined, ada);
  expect(await by(id)).toEqual(["restarted ada"]);
  change(id, { state: "FAILED" });
  await call(
    "POST",
    "/executions/labels/by-ids",
    { executionsId: [id], executionLabels: [{ key: "a", value: "b" }] },
    ada,
  );
  expect(await by(id)).toEqual(["labelled ada"]);
  await call("POST", "/executions/change-status/by-ids?newStatus=SUCCESS", [id], token);
  expect(await by(id)).toEqual(["state-changed (a token)"]);
});

test("without authentication nobody is named, whatever a caller shows", async () => {
  const { call, start, runtime } = await setup();
  const id = await start();
  await call("DELETE", `/executions/${id}/kill`, undefined, { authorization: `Basic ${btoa("mallory:x")}` });
  expect(JSON.stringify(await runtime.executions.history("main", id))).not.toContain("mallory");
});
