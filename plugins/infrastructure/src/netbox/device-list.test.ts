import { type JsonMap, readRecords } from "@capstan/sdk";
import { createTestWorld, startStrictServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { deviceList, DEVICES_PER_PAGE_MAX } from "./device-list.ts";

const TOKEN = "0123456789abcdef";

async function list(properties: JsonMap, { total = 3, authorization = `Token ${TOKEN}` } = {}) {
  await using netbox = await startStrictServer((headers) => headers.authorization === authorization, {
    "GET /api/dcim/devices/": {
      // As NetBox documents it: filters are parameters of their own.
      params: z.strictObject({
        limit: z.coerce.number().min(1).max(1_000),
        offset: z.coerce.number(),
        fields: z.string().optional(),
        site: z.string().optional(),
        status: z.string().optional(),
        has_primary_ip: z.enum(["true", "false"]).optional(),
      }),
      answer: ({ params }) => {
        const [limit, offset] = [Number(params.get("limit")), Number(params.get("offset"))];
        const count = Math.max(0, Math.min(limit, total - offset));
        const results = Array.from({ length: count }, (_none, index) => ({ name: `sw${offset + index}` }));
        const next = offset + count < total ? "https://elsewhere.example.com/api/dcim/devices/" : null;
        return { body: { count: total, next, previous: null, results } };
      },
    },
  });
  await using world = createTestWorld();
  const outcome = await world.run(deviceList, { url: `${netbox.url}/`, token: TOKEN, ...properties });
  return { ...outcome, params: netbox.params, urls: netbox.received.map(({ url }) => url), world };
}

test("devices are filtered, and have the fields that are wanted", async () => {
  const filters = { site: "berlin", status: ["active", "staged"], has_primary_ip: true };
  const { outputs, urls } = await list({ filters, fields: ["name", "status"] });
  expect(outputs).toEqual({ rows: [{ name: "sw0" }, { name: "sw1" }, { name: "sw2" }], size: 3 });
  expect(urls).toEqual([
    "/api/dcim/devices/?site=berlin&status=active&status=staged&has_primary_ip=true&fields=name%2Cstatus&limit=100&offset=0",
  ]);
});

test("all pages are stored, and asked of the same server", async () => {
  const { outputs, params, world } = await list({ limit: 2, fetchType: "STORE" }, { total: 5 });
  expect(outputs).toMatchObject({ size: 5 });
  expect(await Array.fromAsync(readRecords(await world.files.read(outputs!["uri"] as string)))).toHaveLength(5);
  expect(params.map(({ offset }) => offset)).toEqual(["0", "2", "4"]);
  expect(world.metrics).toEqual([{ name: "records", type: "counter", value: 5 }]);
});

test("the first device is asked for alone", async () => {
  const { outputs, params } = await list({ fetchType: "FETCH_ONE" });
  expect(outputs).toEqual({ row: { name: "sw0" }, size: 1 });
  expect(params).toEqual([{ limit: "1", offset: "0" }]);
});

test("no device is no failure", async () => {
  expect((await list({}, { total: 0 })).outputs).toEqual({ rows: [], size: 0 });
});

test("a token of version 2 is a bearer", async () => {
  const token = "nbt_key.secret";
  expect((await list({ token }, { authorization: `Bearer ${token}` })).state).toBe("SUCCESS");
});

test.each([
  [DEVICES_PER_PAGE_MAX, "SUCCESS"],
  [DEVICES_PER_PAGE_MAX + 1, "FAILED"],
  [0, "FAILED"],
])("a limit of %j ends in %s", async (limit, state) => {
  expect((await list({ limit })).state).toBe(state);
});

test("no message has the token", async () => {
  const { message, world } = await list({ token: "hidden-token" });
  expect(message).toContain("status 401");
  expect(JSON.stringify([message, world.logs])).not.toContain("hidden-token");
});
