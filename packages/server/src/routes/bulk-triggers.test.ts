import { expect, test } from "vitest";
import { NOW, setup } from "../testing/setup.ts";

const daily = { namespace: "company.team", flowId: "hello", triggerId: "daily" };
const hourly = { ...daily, triggerId: "hourly" };
const absent = { ...daily, triggerId: "absent" };
const backfill = { start: NOW - 2000, end: NOW - 1000, currentDate: NOW - 2000, paused: false, inputs: {}, labels: [] };

const FLOW_KEY = { tenant: "main", namespace: "company.team", id: "hello" };
async function withTriggers() {
  const bundle = await setup();
  const row = { tenant: "main", type: "io.kestra.plugin.core.trigger.Schedule", disabled: false, updatedAt: NOW };
  const { store } = bundle.runtime;
  await store.commit({
    triggers: [
      { ...row, ...daily, executionId: "running", backfill },
      { ...row, ...hourly },
    ],
  });
  const trigger = async (triggerId: "daily" | "hourly") => (await store.triggers.get({ ...row, ...daily, triggerId }))!;
  return { ...bundle, trigger };
}

test.each([
  ["/triggers/unlock", "executionId", undefined],
  ["/triggers/backfill/pause", "backfill", { ...backfill, paused: true }],
  ["/triggers/backfill/delete", "backfill", undefined],
] as const)("%s changes those it has something to do for, by ids and by query", async (path, field, after) => {
  for (const call of [
    async (bundle: Awaited<ReturnType<typeof withTriggers>>) =>
      bundle.call("POST", `${path}/by-triggers`, [daily, hourly]),
    async (bundle: Awaited<ReturnType<typeof withTriggers>>) =>
      bundle.call("POST", `${path}/by-query?filters[namespace][PREFIX]=company`),
  ]) {
    const bundle = await withTriggers();
    expect((await call(bundle)).json).toMatchObject({ count: 1, totalItems: 1, operationId: expect.any(String) });
    expect((await bundle.trigger("daily"))[field]).toEqual(after);
    expect((await bundle.trigger("hourly"))[field]).toBeUndefined();
  }
});

test("backfills go on", async () => {
  const { call, runtime, trigger } = await withTriggers();
  const pause = async () =>
    runtime.store.commit({ triggers: [{ ...(await trigger("daily")), backfill: { ...backfill, paused: true } }] });
  await pause();
  expect((await call("POST", "/triggers/backfill/unpause/by-triggers", [daily])).json).toMatchObject({ count: 1 });
  expect((await trigger("daily")).backfill?.paused).toBe(false);
  await pause();
  expect((await call("POST", "/triggers/backfill/unpause/by-query?flowId=hello")).json).toMatchObject({ count: 1 });
  expect((await trigger("daily")).backfill?.paused).toBe(false);
});

test("triggers are disabled and enabled by query", async () => {
  const { call, trigger } = await withTriggers();
  const set = (query: string) => call("POST", `/triggers/set-disabled/by-query?${query}`);
  expect((await set("namespace=company&disabled=true")).json).toMatchObject({ count: 2 });
  expect((await set("namespace=company&disabled=true")).json).toMatchObject({ count: 2 });
  expect((await trigger("hourly")).disabled).toBe(true);
  expect((await set("namespace=company&disabled=false")).json).toMatchObject({ count: 2 });
  expect((await set("namespace=other&disabled=true")).json).toMatchObject({ count: 0 });
  expect((await trigger("hourly")).disabled).toBe(false);
});

test.each([
  "/triggers/set-disabled",
  "/triggers/unlock",
  "/triggers/backfill/pause",
  "/triggers/backfill/unpause",
  "/triggers/backfill/delete",
])("%s changes nothing without a filter it understands, or for a trigger that is not there", async (path) => {
  const { call, runtime } = await withTriggers();
  const before = await runtime.store.triggers.ofFlow(FLOW_KEY);
  expect((await call("POST", `${path}/by-query`)).status).toBe(400);
  expect((await call("POST", `${path}/by-query?colour=red`)).status).toBe(400);
  expect((await call("POST", `${path}/by-query?filters[colour][EQUALS]=red`)).status).toBe(400);
  const ids = [daily, absent];
  const body = path.endsWith("disabled") ? { triggers: ids, disabled: true } : ids;
  expect((await call("POST", `${path}/by-triggers`, body)).status).toBe(400);
  expect((await call("POST", `${path}/by-triggers`, { id: 1 })).status).toBe(422);
  expect(await runtime.store.triggers.ofFlow(FLOW_KEY)).toEqual(before);
});

test("triggers are forgotten by ids and by query, and none while one of them is locked", async () => {
  const { call, runtime } = await withTriggers();
  const { store } = runtime;
  const left = async () => (await store.triggers.ofFlow(FLOW_KEY)).map(({ triggerId }) => triggerId);
  const refused = await call("DELETE", "/triggers/delete/by-triggers", [hourly, daily]);
  expect(refused).toMatchObject({
    status: 400,
    json: {
      message: expect.stringContaining("invalid bulk delete"),
      invalids: [
        { message: "the execution running locks it; unlock it first", invalidValue: "company.team.hello.daily" },
      ],
    },
  });
  expect((await call("DELETE", "/triggers/delete/by-query?namespace=company")).status).toBe(400);
  expect(await call("DELETE", "/triggers/delete/by-triggers", [hourly, absent])).toMatchObject({
    status: 400,
    json: { invalids: [{ message: "there is no such trigger", invalidValue: "company.team.hello.absent" }] },
  });
  expect((await call("DELETE", "/triggers/delete/by-triggers", { id: 1 })).status).toBe(422);
  expect((await call("DELETE", "/triggers/delete/by-query")).status).toBe(400);
  expect((await call("DELETE", "/triggers/delete/by-query", { filters: [] })).status).toBe(400);
  expect(await left()).toEqual(["daily", "hourly"]);
  expect((await call("DELETE", "/triggers/delete/by-triggers", [hourly])).json).toMatchObject({ count: 1 });
  expect(await left()).toEqual(["daily"]);
  await call("POST", "/triggers/unlock/by-triggers", [daily]);
  const filter = (field: string, operation: string, value: unknown) =>
    call("DELETE", "/triggers/delete/by-query", { filters: [{ field, operation, value }] });
  expect(await filter("triggerId", "LIKE", "daily")).toMatchObject({ status: 400 });
  expect((await filter("triggerId", "IN", ["other", "another"])).json).toMatchObject({ count: 0 });
  expect((await filter("triggerId", "IN", ["other", "daily"])).json).toMatchObject({ count: 1 });
  expect(await left()).toEqual([]);
});

test("a table of triggers has a line for each", async () => {
  const { call } = await withTriggers();
  const { text, headers } = await call("GET", "/triggers/export/by-query/csv?namespace=company");
  expect(headers["content-disposition"]).toContain("triggers.csv");
  const [head, first] = text.split("\r\n");
  expect(head).toBe("namespace,flowId,triggerId,type,disabled,date,nextExecutionDate,updatedDate,executionId");
  expect(first).toMatch(/^company\.team,hello,daily,io\.kestra\.plugin\.core\.trigger\.Schedule,false,2026-/);
  expect((await call("GET", "/triggers/export/by-query/csv?filters[x][EQUALS]=1")).status).toBe(400);
});
