import { expect, test } from "vitest";
import { FLOW, NOW, setup } from "../testing/setup.ts";

const id = { namespace: "company.team", flowId: "hello", triggerId: "daily" };
const absent = { ...id, triggerId: "absent" };
const backfill = { start: "2025-12-01T00:00:00Z", end: "2025-12-03T00:00:00Z", inputs: { a: 1 }, labels: [] };

async function withTrigger() {
  const bundle = await setup();
  const type = "io.kestra.plugin.core.trigger.Schedule";
  const row = { tenant: "main", ...id, type, nextDate: NOW, disabled: false, updatedAt: NOW };
  const lock = (executionId: string) => bundle.runtime.store.commit({ triggers: [{ ...row, executionId }] });
  await lock("running");
  return { ...bundle, lock };
}

test("triggers are searched and listed, with the keys of both generations", async () => {
  const { call } = await withTrigger();
  const { json } = await call("GET", "/triggers/search?namespace=company");
  expect(json).toMatchObject({
    total: 1,
    results: [
      {
        trigger: { id: "daily" },
        abstractTrigger: { id: "daily", type: "io.kestra.plugin.core.trigger.Schedule" },
        triggerContext: { nextExecutionDate: "2026-01-02T03:04:05.000Z" },
        state: { locked: true },
      },
    ],
  });
  expect((await call("GET", "/triggers/company.team/hello")).json).toMatchObject({
    total: 1,
    results: [{ triggerId: "daily" }],
  });
  expect((await call("GET", "/triggers/search?sort=date:desc&sort=nextExecutionDate:asc")).status).toBe(200);
  expect((await call("GET", "/triggers/search?sort=colour:asc")).status).toBe(422);
  expect((await call("GET", "/triggers/search?filters[color][EQUALS]=x")).status).toBe(400);
  expect((await call("GET", "/triggers/company.team/hello?size=x")).status).toBe(400);
});

test("a search shows what the flow says of its triggers", async () => {
  const { call, runtime } = await withTrigger();
  const source = `${FLOW}triggers: [{ id: daily, type: io.kestra.plugin.core.trigger.Schedule, cron: "0 9 * * *" }]\n`;
  await runtime.flows.save("main", source);
  const trigger = { id: "daily", type: "io.kestra.plugin.core.trigger.Schedule", cron: "0 9 * * *" };
  expect((await call("GET", "/triggers/search")).json).toMatchObject({
    results: [{ trigger, abstractTrigger: trigger }],
  });
});

test("a locked trigger is unlocked once, alone or among many, and restarted", async () => {
  const { call, lock } = await withTrigger();
  const path = "/triggers/company.team/hello/daily";
  expect((await call("POST", `${path}/unlock`)).json).toMatchObject({ locked: false });
  expect((await call("POST", `${path}/unlock`)).status).toBe(409);
  expect((await call("POST", "/triggers/company.team/hello/absent/unlock")).status).toBe(404);
  expect((await call("POST", "/triggers/unlock/by-triggers", [id])).json).toMatchObject({ count: 0 });
  await lock("again");
  expect((await call("POST", "/triggers/unlock/by-triggers", [id])).json).toMatchObject({ count: 1 });
  expect((await call("POST", "/triggers/unlock/by-triggers", [absent])).status).toBe(400);
  expect((await call("POST", `${path}/restart`)).status).toBe(200);
  expect((await call("POST", "/triggers/company.team/hello/absent/restart")).status).toBe(404);
});

test("what the state of a trigger refuses names the state and the remedy", async () => {
  const { call, runtime } = await withTrigger();
  const refused = async (method: "POST" | "PUT", path: string, body?: unknown) => {
    const { status, json } = await call(method, path, body);
    expect(status).toBe(409);
    return (json as { detail: string }).detail;
  };
  const name = "The trigger company.team.hello.daily";
  expect(await refused("PUT", "/triggers/backfill/pause", id)).toBe(`${name} has no backfill: create one first`);
  expect(await refused("POST", "/triggers/backfill/delete", id)).toBe(`${name} has no backfill: create one first`);
  expect((await call("PUT", "/triggers/backfill/create", { ...id, backfill })).status).toBe(200);
  await call("PUT", "/triggers/backfill/pause", id);
  expect(await refused("PUT", "/triggers/backfill/create", { ...id, backfill })).toBe(
    `${name} has a backfill already, paused at 2025-12-01T00:00:00.000Z on its way to 2025-12-03T00:00:00.000Z: wait for its end, or delete it first`,
  );
  const [row] = (await runtime.store.triggers.search({ tenant: "main" }, { offset: 0, limit: 1 })).rows;
  await runtime.triggers.unlock(row!);
  expect(await refused("POST", "/triggers/company.team/hello/daily/unlock")).toBe(
    `${name} is not locked: nothing needs to be done`,
  );
});

test("what is known of a trigger is forgotten, unless it is locked", async () => {
  const { call, runtime } = await withTrigger();
  const path = "/triggers/company.team/hello";
  expect((await call("DELETE", `${path}/absent`)).status).toBe(404);
  expect((await call("DELETE", `${path}/daily`)).status).toBe(409);
  await call("POST", `${path}/daily/unlock`);
  expect(await call("DELETE", `${path}/daily`)).toMatchObject({ status: 204, text: "" });
  expect(await runtime.store.triggers.ofFlow({ tenant: "main", namespace: "company.team", id: "hello" })).toEqual([]);
});

test("triggers are disabled by every call that clients know", async () => {
  const { call } = await withTrigger();
  expect((await call("PUT", "/triggers", { ...id, disabled: true })).json).toMatchObject({ disabled: true });
  expect((await call("PUT", "/triggers/set-disabled", { ...id, disabled: false })).json).toMatchObject({
    disabled: false,
  });
  expect(
    (await call("POST", "/triggers/set-disabled/by-triggers", { triggers: [id], disabled: true })).json,
  ).toMatchObject({ count: 1 });
  expect((await call("PUT", "/triggers", { ...absent, disabled: true })).status).toBe(404);
  expect((await call("PUT", "/triggers/set-disabled", { ...absent, disabled: true })).status).toBe(404);
  expect((await call("PUT", "/triggers/set-disabled", id)).status).toBe(422);
  expect(
    (await call("POST", "/triggers/set-disabled/by-triggers", { triggers: [id, absent], disabled: false })).status,
  ).toBe(400);
});

test("a backfill is started once, paused, continued and dropped", async () => {
  const { call } = await withTrigger();
  expect((await call("PUT", "/triggers/backfill/pause", id)).status).toBe(409);
  const created = await call("PUT", "/triggers/backfill/create", { ...id, backfill });
  expect(created.json).toMatchObject({
    backfill: {
      start: "2025-12-01T00:00:00.000Z",
      currentDate: "2025-12-01T00:00:00.000Z",
      paused: false,
      inputs: { a: 1 },
    },
  });
  expect((await call("PUT", "/triggers/backfill/create", { ...id, backfill })).status).toBe(409);
  expect((await call("PUT", "/triggers/backfill/pause", id)).json).toMatchObject({ backfill: { paused: true } });
  expect((await call("PUT", "/triggers/backfill/unpause", id)).json).toMatchObject({ backfill: { paused: false } });
  expect((await call("POST", "/triggers/backfill/delete", id)).json).not.toHaveProperty("backfill");
  expect((await call("POST", "/triggers/backfill/delete", id)).status).toBe(409);
  expect((await call("PUT", "/triggers", { ...id, backfill })).json).toMatchObject({ backfill: { paused: false } });
});

test("a backfill of an absent trigger, without a start or backwards is refused", async () => {
  const { call } = await withTrigger();
  const create = async (body: object) => (await call("PUT", "/triggers/backfill/create", body)).status;
  expect(await create({ ...absent, backfill })).toBe(404);
  expect(await create({ ...id, backfill: {} })).toBe(422);
  expect(await create({ ...id, backfill: { start: backfill.end, end: backfill.start } })).toBe(422);
  for (const [method, verb] of [
    ["PUT", "pause"],
    ["PUT", "unpause"],
    ["POST", "delete"],
  ] as const) {
    expect((await call(method, `/triggers/backfill/${verb}`, absent)).status).toBe(404);
    expect((await call(method, `/triggers/backfill/${verb}`, {})).status).toBe(422);
  }
});
