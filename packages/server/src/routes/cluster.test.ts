import { expect, test } from "vitest";
import { NOW, setup } from "../testing/setup.ts";

const first = { id: "a", name: "one:7", address: "http://10.0.0.1:8080", version: "0.1.0", startedAt: NOW };

test("the servers that share a database are listed, also one that is lost", async () => {
  const { call } = await setup({
    members: async () => [
      { ...first, state: "LEADING", silentMs: 12, isLost: false },
      { id: "b", name: "two:8", version: "0.1.0", startedAt: NOW, state: "STANDBY", silentMs: 9_000, isLost: true },
    ],
  });
  const { status, json } = await call("GET", "/api/v1/cluster/members");
  const startedAt = new Date(NOW).toISOString();
  expect({ status, json }).toEqual({
    status: 200,
    json: [
      { ...first, startedAt, state: "LEADING", silentMs: 12 },
      { id: "b", name: "two:8", version: "0.1.0", startedAt, state: "LOST", silentMs: 9_000 },
    ],
  });
});

test("who may not look at the instance does not see its servers", async () => {
  const { call } = await setup({ authentication: { tokens: ["t".repeat(20)] } });
  expect((await call("GET", "/api/v1/cluster/members")).status).toBe(401);
});
