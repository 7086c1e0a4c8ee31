import { type JsonMap, readRecords, type TaskDefinition } from "@capstan/sdk";
import { createTestWorld, type Route, startStrictServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { instanceAddress } from "./connection.ts";
import { deleteRecord } from "./delete.ts";
import { get, RECORDS_PER_PAGE } from "./get.ts";
import { post } from "./post.ts";
import { update } from "./update.ts";

const BASIC = `Basic ${Buffer.from("me:word").toString("base64")}`;
const ID = "9d385017c611228701d22104cc95c371";
const CLIENT = { clientId: "app", clientSecret: "hidden" };

const fields = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
const application = { client_id: z.literal("app"), client_secret: z.literal("hidden") };

interface Table {
  /** How many records it has. */
  readonly total?: number;
  /** Whether the answer tells it. */
  readonly tells?: boolean;
  /** Of each page, how many records the account may not see. */
  readonly hidden?: number;
}

/** As the Table API documents what it takes. */
const routes = ({ total = 1, tells = true, hidden = 0 }: Table): Record<string, Route> => ({
  "POST /oauth_token.do": {
    form: z.union([
      z.strictObject({
        grant_type: z.literal("password"),
        ...application,
        username: z.literal("me"),
        password: z.literal("word"),
      }),
      z.strictObject({ grant_type: z.literal("client_credentials"), ...application }),
    ]),
    answer: { body: { access_token: "minted", token_type: "Bearer", expires_in: 1_799 } },
  },
  "POST /api/now/table/incident": {
    body: fields,
    answer: ({ body }) => ({ status: 201, body: { result: { sys_id: ID, ...(body as JsonMap) } } }),
  },
  [`PATCH /api/now/table/incident/${ID}`]: {
    body: fields,
    answer: ({ body }) => ({ body: { result: { sys_id: ID, ...(body as JsonMap) } } }),
  },
  [`DELETE /api/now/table/incident/${ID}`]: { answer: { status: 204 } },
  "GET /api/now/table/incident": {
    params: z.strictObject({
      sysparm_query: z.string().optional(),
      sysparm_fields: z.string().optional(),
      sysparm_limit: z.coerce.number().max(10_000),
      sysparm_offset: z.coerce.number(),
    }),
    answer: ({ params }) => {
      const count = Math.min(Number(params.get("sysparm_limit")), total - Number(params.get("sysparm_offset")));
      const result = Array.from({ length: Math.max(0, count - hidden) }, () => ({ sys_id: ID, number: "INC1" }));
      return { headers: tells ? { "x-total-count": String(total) } : {}, body: { result } };
    },
  },
});

async function run(
  task: TaskDefinition,
  properties: JsonMap,
  { authorization = BASIC, ...table }: Table & { authorization?: string } = {},
) {
  await using servicenow = await startStrictServer(
    (headers) =>
      headers.authorization === authorization || headers["content-type"] === "application/x-www-form-urlencoded",
    routes(table),
  );
  await using world = createTestWorld();
  const written = { domain: servicenow.url, username: "me", password: "word", table: "incident", ...properties };
  const outcome = await world.run(task, written);
  const { bodies, params, received } = servicenow;
  return { ...outcome, bodies, params, received, world };
}

const DATA = { short_description: "Rates are old", urgency: 2 };

test("a record is created", async () => {
  const { outputs, bodies } = await run(post, { data: DATA });
  expect(outputs).toEqual({ result: { sys_id: ID, ...DATA } });
  expect(bodies).toEqual([DATA]);
});

test("fields of a record are changed", async () => {
  const { outputs, bodies } = await run(update, { sysId: ID, data: { state: "6" } });
  expect(outputs).toEqual({ result: { sys_id: ID, state: "6" } });
  expect(bodies).toEqual([{ state: "6" }]);
});

test("a record is deleted", async () => {
  expect((await run(deleteRecord, { sysId: ID })).outputs).toEqual({ deleted: true });
});

test.each([
  [deleteRecord, { sysId: "" }],
  [deleteRecord, { sysId: ".." }],
  [update, { sysId: " ", data: DATA }],
  [post, { table: "", data: DATA }],
])("what would be another path is not asked for (%#)", async (task, properties) => {
  const { state, received } = await run(task, properties);
  expect([state, received]).toEqual(["FAILED", []]);
});

test("a record that isn't there can't be deleted", async () => {
  const { message } = await run(deleteRecord, { sysId: "other" });
  expect(message).toContain("Deleting the record other of incident failed with status 404");
  expect(message).toContain("Check the table and `sysId`, and that the account may see the record");
});

test.each([
  ["the account", {}, "password"],
  ["the application itself", { username: "", password: "" }, "client_credentials"],
])("a token for %s is asked for once, used and masked", async (_whose, account, grant) => {
  const properties = { ...CLIENT, ...account, fetchType: "STORE" };
  const { outputs, received, world } = await run(get, properties, { authorization: "Bearer minted", total: 1_500 });
  expect(outputs).toMatchObject({ size: 1_500 });
  expect(received.map(({ method }) => method)).toEqual(["POST", "GET", "GET"]);
  expect(new URLSearchParams(received[0]!.body).get("grant_type")).toBe(grant);
  expect(received[0]!.headers.authorization).toBeUndefined();
  expect(world.masked).toEqual(["minted"]);
});

test.each([
  [{ clientId: "app" }, "`clientId` is given without `clientSecret`. Give both, or none."],
  [
    { password: "" },
    "ServiceNow takes no request without credentials. Give `username` and `password`, or `clientId` and `clientSecret`.",
  ],
])("with %j nothing is asked for", async (credentials, expected) => {
  const { message, received } = await run(post, { data: DATA, ...credentials });
  expect([message, received]).toEqual([expected, []]);
});

test("all records are read, if nothing else is said", async () => {
  const { outputs, params } = await run(get, {});
  expect(outputs).toEqual({ results: [{ sys_id: ID, number: "INC1" }], size: 1, offset: 0 });
  expect(params).toEqual([{ sysparm_query: "ORDERBYsys_id", sysparm_limit: "1000", sysparm_offset: "0" }]);
});

test.each([
  [{ query: "active=true^priority=1" }, "active=true^priority=1^ORDERBYsys_id"],
  [{ query: "active=true^ORDERBYDESCopened_at" }, "active=true^ORDERBYDESCopened_at"],
  [{ query: "active=true", limit: RECORDS_PER_PAGE }, "active=true"],
  [{ query: "active=true", limit: RECORDS_PER_PAGE + 1 }, "active=true^ORDERBYsys_id"],
  [{ limit: 1 }, undefined],
])("with %j the query is %j", async (properties, query) => {
  expect((await run(get, properties)).params[0]?.["sysparm_query"]).toBe(query);
});

test.each([
  [["number", "state"], "sys_id,number,state"],
  [["number", "sys_id"], "sys_id,number"],
  ["number", "sys_id,number"],
])("of the fields %j, %s are read", async (wanted, read) => {
  expect((await run(get, { fields: wanted })).params[0]?.["sysparm_fields"]).toBe(read);
});

test.each<[JsonMap, Table, number, [string, string][]]>([
  [
    {},
    { total: 2_001 },
    2_001,
    [
      ["1000", "0"],
      ["1000", "1000"],
      ["1000", "2000"],
    ],
  ],
  [
    {},
    { total: 2_000 },
    2_000,
    [
      ["1000", "0"],
      ["1000", "1000"],
    ],
  ],
  [
    {},
    { total: 1_001, tells: false },
    1_001,
    [
      ["1000", "0"],
      ["1000", "1000"],
    ],
  ],
  [
    {},
    { total: 2_000, hidden: 10 },
    1_980,
    [
      ["1000", "0"],
      ["1000", "1000"],
    ],
  ],
  [
    { limit: 1_200, offset: 5 },
    { total: 5_000 },
    1_200,
    [
      ["1000", "5"],
      ["200", "1005"],
    ],
  ],
  [{ offset: 1_500 }, { total: 1_600 }, 100, [["1000", "1500"]]],
])("with %j, of %j %d are stored", async (properties, table, size, pages) => {
  const { outputs, params, world } = await run(get, { ...properties, fetchType: "STORE" }, table);
  expect(outputs).toMatchObject({ size });
  expect(await Array.fromAsync(readRecords(await world.files.read(outputs!["uri"] as string)))).toHaveLength(size);
  expect(params.map((asked) => [asked["sysparm_limit"], asked["sysparm_offset"]])).toEqual(pages);
});

test.each([
  ["FETCH_ONE", 5, { results: [{ sys_id: ID, number: "INC1" }], size: 1, offset: 0 }],
  ["FETCH_ONE", 0, { results: [], size: 0, offset: 0 }],
  ["NONE", 5, { size: 5, offset: 0 }],
])("%s of %d records", async (fetchType, total, outputs) => {
  expect((await run(get, { fetchType }, { total })).outputs).toEqual(outputs);
});

test.each([
  ["acme", "https://acme.service-now.com"],
  [" acme ", "https://acme.service-now.com"],
  ["tickets.example.com", "https://tickets.example.com"],
  ["http://localhost:8080/now", "http://localhost:8080/now"],
])("the instance %j is at %s", (domain, address) => {
  expect(instanceAddress(domain)).toBe(address);
});

test("further headers are sent", async () => {
  const { received } = await run(
    post,
    { ...CLIENT, headers: { "X-Trace": "1" }, data: DATA },
    { authorization: "Bearer minted" },
  );
  expect(received.map(({ headers }) => headers["x-trace"])).toEqual(["1", "1"]);
});

test("no message has the password", async () => {
  const { message, world } = await run(post, { data: DATA }, { authorization: "other" });
  expect(message).toContain("status 401");
  expect(JSON.stringify([message, world.logs])).not.toMatch(new RegExp(`word|${BASIC.slice(6)}`));
});
