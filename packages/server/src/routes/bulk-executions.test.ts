import { expect, test } from "vitest";
import { setup } from "../testing/setup.ts";

type State = "RUNNING" | "PAUSED" | "FAILED" | "QUEUED" | "SUCCESS";

test.each<["POST" | "DELETE", string, State, string | undefined]>([
  ["DELETE", "/kill", "RUNNING", "KILLED"],
  ["POST", "/pause", "RUNNING", "PAUSED"],
  ["POST", "/resume", "PAUSED", "RUNNING"],
  ["POST", "/restart", "FAILED", "RESTARTED"],
  ["POST", "/force-run", "QUEUED", "RUNNING"],
  ["POST", "/unqueue", "QUEUED", "RUNNING"],
  ["POST", "/replay", "FAILED", "FAILED"],
  ["DELETE", "", "SUCCESS", undefined],
])("%s %s takes executions that are %s", async (method, path, before, after) => {
  const { call, start, change, memory } = await setup();
  const ids = [await start(), await start()];
  for (const id of ids) change(id, { state: before });
  expect((await call(method, `/executions${path}/by-ids`, [ids[0]])).json).toMatchObject({ count: 1, totalItems: 1 });
  expect(memory.executions.get(ids[0]!)?.row.state).toBe(after);
  expect((await call(method, `/executions${path}/by-query?state=${before}`)).status).toBe(200);
  expect(memory.executions.get(ids[1]!)?.row.state).toBe(after);
  expect((await call(method, `/executions${path}/by-ids`, ["absent"])).status).toBe(400);
  expect((await call(method, `/executions${path}/by-ids`, "{")).status).toBe(422);
  expect((await call(method, `/executions${path}/by-query`)).status).toBe(400);
  expect((await call(method, `/executions${path}/by-query?colour=red&state=RUNNING`)).status).toBe(400);
});

test("nothing is changed when one execution is not in the right state", async () => {
  const { call, start, change, memory } = await setup();
  const [running, ended] = [await start(), await start()];
  change(ended, { state: "SUCCESS" });
  const answer = await call("DELETE", "/executions/kill/by-ids", [running, ended]);
  expect(answer.status).toBe(400);
  expect(answer.json).toMatchObject({
    message: expect.stringContaining("invalid bulk kill"),
    _embedded: { errors: [{ message: expect.stringContaining(ended) }] },
    invalids: [{ message: "is SUCCESS, not running or waiting", invalidValue: ended }],
  });
  expect(memory.executions.get(running)?.row.state).toBe("RUNNING");
});

test("status and labels of many ended executions", async () => {
  const { call, start, change, memory } = await setup();
  const id = await start();
  const row = () => memory.executions.get(id)?.row;
  expect((await call("POST", "/executions/change-status/by-ids?newStatus=SUCCESS", [id])).status).toBe(400);
  change(id, { state: "FAILED" });
  expect((await call("POST", "/executions/change-status/by-ids?newStatus=RUNNING", [id])).status).toBe(422);
  await call("POST", "/executions/change-status/by-query?newStatus=SUCCESS&state=FAILED");
  expect(row()?.state).toBe("SUCCESS");
  const label = { key: "a", value: "1" };
  await call("POST", "/executions/labels/by-ids", { executionsId: [id], executionLabels: [label] });
  expect(row()?.labels).toEqual([label]);
  await call("POST", "/executions/labels/by-query?state=SUCCESS", [{ key: "b", value: "2" }]);
  expect(row()?.labels).toEqual([label, { key: "b", value: "2" }]);
  expect((await call("POST", "/executions/labels/by-query?state=SUCCESS", [])).status).toBe(422);
});

test("running executions are deleted only when asked for", async () => {
  const { call, start, memory } = await setup();
  const id = await start();
  expect((await call("DELETE", "/executions/by-ids", [id])).status).toBe(400);
  expect((await call("DELETE", "/executions/by-ids?includeNonTerminated=true", [id])).status).toBe(200);
  expect(memory.executions.size).toBe(0);
});
