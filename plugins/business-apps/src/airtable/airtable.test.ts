import { type JsonMap, readRecords, type TaskDefinition } from "@capstan/sdk";
import { createTestWorld, type Route, startStrictServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { create, RECORDS_MAX } from "./create.ts";
import { deleteRecord } from "./delete.ts";
import { get } from "./get.ts";
import { list } from "./list.ts";
import { update } from "./update.ts";

const TOKEN = "pat.test-token";
const TABLE = "/v0/appA/Open%20Orders";
const TIME = "2026-03-01T10:00:00.000Z";
const told = (index: number) => ({ id: `rec${index}`, createdTime: TIME, fields: { N: index, Name: "a" } });
const fields = z.record(z.string(), z.unknown());

/** As Airtable documents it. */
const routes = (total: number): Record<string, Route> => ({
  [`POST ${TABLE}`]: {
    body: z.strictObject({ records: z.array(z.strictObject({ fields })).min(1).max(10), typecast: z.boolean() }),
    answer: ({ body }) => ({
      body: {
        records: (body as { records: { fields: unknown }[] }).records.map((one, index) => ({ ...told(index), ...one })),
      },
    }),
  },
  [`POST ${TABLE}/listRecords`]: {
    body: z.strictObject({
      pageSize: z.int().min(1).max(100),
      maxRecords: z.int().optional(),
      filterByFormula: z.string().optional(),
      fields: z.array(z.string()).optional(),
      view: z.string().optional(),
      offset: z.string().optional(),
    }),
    answer: ({ body }) => {
      const {
        pageSize,
        maxRecords = total,
        offset = "0",
      } = body as { pageSize: number; maxRecords?: number; offset?: string };
      const end = Math.min(Number(offset) + pageSize, maxRecords, total);
      const records = Array.from({ length: end - Number(offset) }, (_none, index) => told(Number(offset) + index));
      return { body: { records, ...(end < Math.min(maxRecords, total) && { offset: String(end) }) } };
    },
  },
  [`GET ${TABLE}/rec1`]: { answer: { body: told(1) } },
  [`GET ${TABLE}/rec403`]: { answer: { status: 403, body: { error: "hidden" } } },
  [`PATCH ${TABLE}/rec1`]: {
    body: z.strictObject({ fields, typecast: z.boolean() }),
    answer: ({ body }) => ({ body: { id: "rec1", createdTime: TIME, fields: (body as { fields: unknown }).fields } }),
  },
  [`DELETE ${TABLE}/rec1`]: { answer: { body: { id: "rec1", deleted: true } } },
});

async function run(task: TaskDefinition, properties: JsonMap, { total = 3, token = TOKEN } = {}) {
  await using airtable = await startStrictServer(
    (headers) => headers.authorization === `Bearer ${token}`,
    routes(total),
  );
  await using world = createTestWorld();
  const connection = { baseId: "appA", tableId: "Open Orders", apiKey: TOKEN, endpointOverride: airtable.url };
  const outcome = await world.run(task, { ...connection, ...properties });
  return { ...outcome, bodies: airtable.bodies, received: airtable.received, world };
}

test("a record is created", async () => {
  const { outputs, bodies } = await run(create, { fields: { Name: "a", Amount: 1 }, typecast: true });
  const made = { id: "rec0", createdTime: TIME, fields: { Name: "a", Amount: 1 } };
  expect(outputs).toEqual({ record: made, records: [made], recordIds: ["rec0"] });
  expect(bodies).toEqual([{ records: [{ fields: { Name: "a", Amount: 1 } }], typecast: true }]);
});

test.each([
  [RECORDS_MAX, "SUCCESS", 1],
  [RECORDS_MAX + 1, "FAILED", 0],
])("%j records at once end in %s", async (count, state, requests) => {
  const records = Array.from({ length: count }, (_none, index) => ({ N: index }));
  const outcome = await run(create, { records });
  expect([outcome.state, outcome.received.length]).toEqual([state, requests]);
});

test.each([{}, { fields: {}, records: [] }, { fields: { A: 1 }, records: [{ A: 1 }] }])(
  "with %j it isn't said what to create",
  async (properties) => {
    const { message, received } = await run(create, properties);
    expect(message).toBe("Give either `fields`, for one record, or `records`, for several.");
    expect(received).toEqual([]);
  },
);

test("fields of a record are changed", async () => {
  const { outputs, bodies } = await run(update, { recordId: "rec1", fields: { Status: "Sent", Note: null } });
  expect(outputs).toEqual({
    recordId: "rec1",
    record: { id: "rec1", createdTime: TIME, fields: { Status: "Sent", Note: null } },
  });
  expect(bodies).toEqual([{ fields: { Status: "Sent", Note: null }, typecast: false }]);
});

test.each([
  [{}, { N: 1, Name: "a" }],
  [{ fields: ["Name", "Other"] }, { Name: "a" }],
])("a record is read with %j", async (properties, expected) => {
  expect((await run(get, { recordId: "rec1", ...properties })).outputs).toEqual({
    record: { id: "rec1", createdTime: TIME, fields: expected },
  });
});

test.each([
  ["rec404", false, "SUCCESS"],
  ["rec404", true, "FAILED"],
  ["rec403", false, "FAILED"],
])("of the record %s, with failOnMissing %j, it ends in %s", async (recordId, failOnMissing, state) => {
  const outcome = await run(get, { recordId, failOnMissing });
  expect(outcome.state).toBe(state);
  if (state === "SUCCESS") expect(outcome.outputs).toEqual({});
  else expect(outcome.message).toContain("Check base, table and record");
});

test("a record is deleted", async () => {
  expect(await run(deleteRecord, { recordId: "rec1" })).toMatchObject({ state: "SUCCESS", outputs: undefined });
});

test.each([
  [{}, 100, 1],
  [{ maxRecords: 2 }, 2, 1],
  [{ enableAutoPagination: true }, 250, 3],
  [{ enableAutoPagination: true, maxRecords: 120 }, 120, 2],
])("of 250 records %j reads %j", async (properties, size, requests) => {
  const { outputs, received, world } = await run(list, { fetchType: "STORE", ...properties }, { total: 250 });
  expect([outputs!["size"], received.length]).toEqual([size, requests]);
  expect(await Array.fromAsync(readRecords(await world.files.read(outputs!["uri"] as string)))).toHaveLength(size);
});

test("what is asked for goes to Airtable", async () => {
  const properties = { filterByFormula: "{Status} = 'New'", fields: ["Name"], view: "Grid" };
  const { outputs, bodies } = await run(list, { ...properties, fetchType: "FETCH_ONE" });
  expect(outputs).toEqual({ row: told(0), size: 1 });
  expect(bodies).toEqual([{ pageSize: 1, maxRecords: 1, ...properties }]);
});

test.each([
  [get, { recordId: "" }, "`recordId` is empty"],
  [deleteRecord, { recordId: ".." }, '`recordId` is ".."'],
  [list, { tableId: " " }, "`tableId` is empty"],
])("what would be another path is not asked for (%#)", async (task, properties, message) => {
  const outcome = await run(task, properties);
  expect(outcome.message).toContain(message);
  expect(outcome.received).toEqual([]);
});

test("no message has the token", async () => {
  const { message, world } = await run(list, { apiKey: "pat.hidden" });
  expect(message).toContain("status 401");
  expect(JSON.stringify([message, world.logs])).not.toContain("pat.hidden");
});
