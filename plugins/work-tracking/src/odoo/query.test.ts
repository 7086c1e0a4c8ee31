import { type JsonMap, readRecords } from "@capstan/sdk";
import { createTestWorld, startStrictServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { query } from "./query.ts";

const UID = 2;
const ids = z.array(z.int()).min(1);
const domain = z.array(z.union([z.enum(["&", "|", "!"]), z.tuple([z.string(), z.string(), z.unknown()])]));
const range = { limit: z.int().optional(), offset: z.int().optional() };
const fields = { fields: z.array(z.string()).min(1).optional() };
const values = z.record(z.string(), z.unknown());

const account = <Uid extends z.ZodType>(uid: Uid) => [z.literal("acme"), uid, z.literal("hidden")] as const;

/** As Odoo's documentation of its external API has it: what the methods of a model take by place and by name. */
const METHODS = {
  search: [z.tuple([domain]), z.strictObject(range)],
  search_read: [z.tuple([domain]), z.strictObject({ ...range, ...fields })],
  search_count: [z.tuple([domain]), z.strictObject({ limit: z.int().optional() })],
  read: [z.tuple([ids]), z.strictObject(fields)],
  create: [z.tuple([values]), z.strictObject({})],
  write: [z.tuple([ids, values]), z.strictObject({})],
  unlink: [z.tuple([ids]), z.strictObject({})],
} as const;

const envelope = (params: z.ZodType) =>
  z.strictObject({ jsonrpc: z.literal("2.0"), method: z.literal("call"), id: z.int(), params });

const request = z.union([
  envelope(
    z.strictObject({
      service: z.literal("common"),
      method: z.literal("authenticate"),
      args: z.tuple([z.literal("acme"), z.string(), z.string(), z.strictObject({})]),
    }),
  ),
  ...Object.entries(METHODS).map(([method, [positional, named]]) =>
    envelope(
      z.strictObject({
        service: z.literal("object"),
        method: z.literal("execute_kw"),
        args: z.tuple([...account(z.literal(UID)), z.literal("res.partner"), z.literal(method), positional, named]),
      }),
    ),
  ),
]);

interface Call {
  readonly method: string;
  readonly positional: readonly unknown[];
  readonly named: { readonly limit?: number; readonly offset?: number };
}

/** Partners with the ids 1 to `total`, in falling order, as a model has an order of its own. */
function answerTo({ method, positional, named }: Call, total: number): unknown {
  const all = Array.from({ length: total }, (_none, index) => total - index);
  const partner = (id: number) => ({ id, name: `Partner ${id}` });
  if (method === "search") return all.slice(named.offset ?? 0).slice(0, named.limit);
  if (method === "search_read") {
    const [[[, , page]]] = positional as [[[string, string, number[]]]];
    return page
      .filter((id) => id !== 13)
      .toSorted((one, other) => one - other)
      .map(partner);
  }
  if (method === "search_count") return total;
  if (method === "read") return (positional[0] as number[]).map(partner);
  return method === "create" ? 71 : true;
}

async function run(properties: JsonMap, { total = 3, error }: { total?: number; error?: unknown } = {}) {
  const calls: Call[] = [];
  await using odoo = await startStrictServer(() => true, {
    "POST /jsonrpc": {
      body: request,
      answer: ({ body }) => {
        const { params } = body as { params: { service: string; args: readonly unknown[] } };
        if (params.service === "common")
          return { body: { jsonrpc: "2.0", id: 1, result: params.args[2] === "hidden" && UID } };
        const [method, positional, named] = params.args.slice(4) as [string, unknown[], Call["named"]];
        calls.push({ method, positional, named });
        return {
          body: {
            jsonrpc: "2.0",
            id: 1,
            ...(error === undefined ? { result: answerTo(calls.at(-1)!, total) } : { error }),
          },
        };
      },
    },
  });
  await using world = createTestWorld({ variables: { wanted: [["name", "=", "A"]], id: 7 } });
  const account = { url: odoo.url, db: "acme", username: "me", password: "hidden", model: "res.partner" };
  const outcome = await world.run(query, { ...account, ...properties });
  return { ...outcome, calls, received: odoo.received, world };
}

const FILTERS = [["is_company", "=", true], "|", ["name", "ilike", "a"], ["name", "=", "{{ id }}"]];

test("records are found and fetched in the order of their model", async () => {
  const { outputs, calls } = await run({
    operation: "SEARCH_READ",
    filters: FILTERS,
    fields: ["name"],
    limit: 2,
    offset: 1,
    fetchType: "FETCH",
  });
  expect(outputs).toEqual({
    rows: [
      { id: 2, name: "Partner 2" },
      { id: 1, name: "Partner 1" },
    ],
    size: 2,
  });
  expect(calls).toEqual([
    { method: "search", positional: [[...FILTERS.slice(0, 3), ["name", "=", "7"]]], named: { limit: 2, offset: 1 } },
    { method: "search_read", positional: [[["id", "in", [2, 1]]]], named: { fields: ["name"] } },
  ]);
});

test("many records are stored page by page, without those that were deleted meanwhile", async () => {
  const { outputs, calls, world } = await run({ operation: "SEARCH_READ", fetchType: "STORE" }, { total: 2_001 });
  expect(outputs).toMatchObject({ size: 2_000 });
  const records = await Array.fromAsync(readRecords(await world.files.read(outputs!["uri"] as string)));
  expect(records[0]?.value).toEqual({ id: 2_001, name: "Partner 2001" });
  expect(records).toHaveLength(2_000);
  expect(calls.map(({ method }) => method)).toEqual(["search", "search_read", "search_read", "search_read"]);
});

test.each<[JsonMap, unknown, string[]]>([
  [{ operation: "SEARCH_READ" }, { size: 3 }, ["search"]],
  [
    { operation: "SEARCH_READ", fetchType: "FETCH_ONE" },
    { row: { id: 3, name: "Partner 3" }, size: 1 },
    ["search", "search_read"],
  ],
  [{ operation: "READ", ids: [7], fetchType: "FETCH" }, { rows: [{ id: 7, name: "Partner 7" }], size: 1 }, ["read"]],
  [{ operation: "SEARCH", limit: 2 }, { ids: [3, 2], size: 2 }, ["search"]],
  [{ operation: "SEARCH_COUNT", filters: "{{ wanted }}" }, { size: 3 }, ["search_count"]],
  [{ operation: "SEARCH_COUNT", filters: '[["name", "=", "A"]]' }, { size: 3 }, ["search_count"]],
  [{ operation: "CREATE", values: { name: "New" } }, { ids: [71], size: 1 }, ["create"]],
  [{ operation: "WRITE", ids: ["{{ id }}", 8], values: { name: "New" } }, { ids: [7, 8], size: 2 }, ["write"]],
  [{ operation: "UNLINK", ids: [7] }, { ids: [7], size: 1 }, ["unlink"]],
])("%j", async (properties, outputs, methods) => {
  const { message, outputs: got, calls } = await run(properties);
  expect([message, got]).toEqual([undefined, outputs]);
  expect(calls.map(({ method }) => method)).toEqual(methods);
});

test.each<[JsonMap, string]>([
  [{ operation: "CREATE" }, "CREATE needs `values`, which is not given."],
  [{ operation: "WRITE", values: { name: "New" } }, "WRITE needs `ids`, which is not given."],
  [{ operation: "WRITE", ids: [7], values: {} }, "WRITE needs `values`, which is empty."],
  [{ operation: "UNLINK", ids: [] }, "UNLINK needs `ids`, which is empty."],
  [{ operation: "READ" }, "READ needs `ids`, which is not given."],
  [
    { operation: "SEARCH", filters: "name = A" },
    '`filters` is no list. Write it as a list of conditions, such as [["state", "=", "posted"]].',
  ],
])("for %j nothing is asked", async (properties, expected) => {
  const { message, received } = await run(properties);
  expect([message, received]).toEqual([expected, []]);
});

test("an account that isn't known is told so, without its password", async () => {
  const { message } = await run({ operation: "SEARCH", password: "wrong-word" });
  expect(message).toBe(
    "Odoo doesn't know me in the database acme with this password. Check all three; an API key goes as `password`.",
  );
});

test("what Odoo refuses is told with its reason, without its code", async () => {
  const error = {
    code: 200,
    message: "Odoo Server Error",
    data: { message: "Invalid field 'nam'", debug: "Traceback of hidden" },
  };
  expect((await run({ operation: "SEARCH" }, { error })).message).toBe(
    "search of res.partner was refused by Odoo: Invalid field 'nam'",
  );
});
