import { expect, onTestFinished, test } from "vitest";
import { NOW, setup } from "../testing/setup.ts";
import { startWorkerServer } from "../workers/testing/worker-server.ts";

const first = {
  id: "a",
  name: "one:7",
  address: "http://10.0.0.1:8080",
  version: "0.1.0",
  roles: ["executor", "worker"],
  startedAt: NOW,
} as const;

const second = { id: "b", name: "two:8", version: "0.1.0", roles: ["executor"] } as const;

const worker = {
  name: "gpu-1",
  token: "gpus",
  groups: ["gpu"],
  version: "0.1.0",
  host: "one",
  capacity: 8,
  since: NOW,
  silentMs: 430,
  running: 3,
};

test("the servers that share a database are listed, also one that is lost", async () => {
  const { call } = await setup({
    members: async () => [
      { ...first, state: "LEADING", silentMs: 12, isLost: false },
      { ...second, startedAt: NOW, state: "STANDBY", silentMs: 9_000, isLost: true },
    ],
  });
  const { status, json } = await call("GET", "/api/v1/cluster/members");
  const startedAt = new Date(NOW).toISOString();
  expect({ status, json }).toEqual({
    status: 200,
    json: [
      { ...first, startedAt, state: "LEADING", silentMs: 12 },
      { ...second, startedAt, state: "LOST", silentMs: 9_000 },
    ],
  });
});

test("who may not look at the instance does not see its servers", async () => {
  const { call } = await setup({ authentication: { tokens: ["t".repeat(20)] } });
  expect((await call("GET", "/api/v1/cluster/members")).status).toBe(401);
});

test("the workers of other processes are listed, with what they do", async () => {
  const { url, close } = await startWorkerServer({
    list: () => [
      { ...worker, id: "a", isConnected: true, isLeaving: false },
      { ...worker, id: "b", isConnected: false, isLeaving: false },
      { ...worker, id: "c", isConnected: true, isLeaving: true },
    ],
  });
  onTestFinished(close);
  const answer = await fetch(`${url}/api/v1/cluster/workers`);
  const common = { ...worker, since: new Date(NOW).toISOString() };
  expect(await answer.json()).toEqual([
    { ...common, id: "a", state: "CONNECTED" },
    { ...common, id: "b", state: "DISCONNECTED" },
    { ...common, id: "c", state: "LEAVING" },
  ]);
});

test("a server without workers lists none", async () => {
  const { call } = await setup();
  expect((await call("GET", "/api/v1/cluster/workers")).json).toEqual([]);
});
