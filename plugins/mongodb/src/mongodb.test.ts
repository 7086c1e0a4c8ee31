import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, startSilentServer, type TestOptions, type TestWorld } from "@capstan/sdk/test-kit";
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FerretdbServer, startFerretdb } from "./testing/ferretdb-server.ts";
import { taskOf, triggerOf } from "./testing/task-of.ts";

let server: FerretdbServer;
let client: MongoClient;
beforeAll(async () => {
  server = await startFerretdb();
  client = new MongoClient(server.uri);
}, 600_000);
afterAll(async () => {
  await client.close();
  await server[Symbol.asyncDispose]();
});

let collections = 0;
const THREE = [
  { _id: 1, state: "NEW", total: 1.5 },
  { _id: 2, state: "OLD", total: 2 },
  { _id: 3, state: "NEW", total: 4 },
];

/** A world, a collection of its own with documents, and a way to run tasks. */
async function setup(documents: readonly object[] = [], options: TestOptions = {}) {
  collections += 1;
  const collection = `orders_${collections}`;
  const world = createTestWorld(options);
  const place = { connection: { uri: server.uri }, database: "shop", collection };
  const run = (kind: string, properties: JsonMap) => world.run(taskOf(kind), { ...place, ...properties });
  const stored = client.db("shop").collection(collection);
  if (documents.length > 0) await stored.insertMany(documents.map((document) => ({ ...document })));
  const content = () => stored.find({}, { sort: { _id: 1 } }).toArray();
  return { world, place, run, content, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

const file = ({ files }: TestWorld, rows: readonly unknown[]) =>
  files.seed("kestra:///rows.ion", rows.map((row) => `${JSON.stringify(row)}\n`).join(""));

async function linesOf({ files }: TestWorld, uri: unknown): Promise<readonly unknown[]> {
  const lines = (await files.text(String(uri))).split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as unknown);
}

const SORT = { sort: { _id: 1 } };

test.each([
  [{}, THREE],
  [{ filter: { state: "NEW" } }, [THREE[0], THREE[2]]],
  [{ filter: '{"total": {"$gte": 2}}' }, [THREE[1], THREE[2]]],
  [{ projection: { total: 1, _id: 0 } }, [{ total: 1.5 }, { total: 2 }, { total: 4 }]],
  [{ sort: { total: -1 }, limit: 1 }, [THREE[2]]],
  [{ skip: 2 }, [THREE[2]]],
  [{ filter: { state: "GONE" } }, []],
])("Find with %j finds what it says", async (properties, rows) => {
  await using it = await setup(THREE);
  const outcome = await it.run("Find", { ...SORT, ...properties });
  expect(outcome).toEqual({ state: "SUCCESS", message: undefined, outputs: { rows, size: rows.length } });
});

test("many documents go into a file, and keep their order", async () => {
  const many = Array.from({ length: 2_500 }, (_item, _id) => ({ _id, text: "x".repeat(100) }));
  await using it = await setup(many);
  const { outputs } = await it.run("Find", { ...SORT, store: true });
  expect(outputs).toEqual({ size: 2_500, uri: expect.stringMatching(/rows\.ion$/) });
  expect(await linesOf(it.world, outputs!["uri"])).toEqual(many);
  expect(it.world.metrics).toContainEqual({ name: "records", type: "counter", value: 2_500, tags: { store: "true" } });
});

const PIPELINE = [{ $match: { state: "NEW" } }, { $sort: { _id: 1 } }];

test.each([
  [{ pipeline: PIPELINE }, { rows: [THREE[0], THREE[2]], size: 2 }],
  [
    { pipeline: JSON.stringify(PIPELINE), batchSize: 1 },
    { rows: [THREE[0], THREE[2]], size: 2 },
  ],
  [
    { pipeline: PIPELINE, store: "FETCH_ONE" },
    { rows: [THREE[0]], size: 1 },
  ],
  [{ pipeline: PIPELINE, store: "NONE" }, { size: 2 }],
  [
    { pipeline: PIPELINE, store: "STORE", allowDiskUse: false },
    { size: 2, uri: expect.stringMatching(/rows\.ion$/) },
  ],
  [
    { pipeline: [{ $group: { _id: "$state", n: { $sum: "$total" } } }, SORT_STAGE()] },
    {
      rows: [
        { _id: "NEW", n: 5.5 },
        { _id: "OLD", n: 2 },
      ],
      size: 2,
    },
  ],
])("Aggregate with %j puts out what it says", async (properties, outputs) => {
  await using it = await setup(THREE);
  expect(await it.run("Aggregate", properties)).toEqual({ state: "SUCCESS", message: undefined, outputs });
});

function SORT_STAGE() {
  return { $sort: { _id: 1 } };
}

test("a document is inserted with its id, or is given one", async () => {
  await using it = await setup();
  const id = "60930c39a982931c20ef6cd6";
  const first = await it.run("InsertOne", { document: { _id: { $oid: id }, at: { $date: "2024-03-01T10:00:00Z" } } });
  expect(first.outputs).toEqual({ insertedId: id, wasAcknowledged: true });
  const second = await it.run("InsertOne", { document: '{"n": 9007199254740993}' });
  expect(second.outputs).toMatchObject({ insertedId: expect.stringMatching(/^[\da-f]{24}$/) });
  const { outputs } = await it.run("Find", { filter: { _id: { $oid: id } } });
  expect(outputs).toEqual({ rows: [{ _id: id, at: "2024-03-01T10:00:00.000Z" }], size: 1 });
  const again = await it.run("InsertOne", { document: { _id: { $oid: id } } });
  expect(again.message).toMatch(/^MongoDB refuses it: .*E11000 duplicate key/);
});

test.each([
  [
    { filter: { state: "NEW" }, document: { $set: { state: "X" } } },
    { matchedCount: 1, modifiedCount: 1 },
    ["X", "OLD", "NEW"],
  ],
  [
    { filter: { state: "NEW" }, document: { $set: { state: "X" } }, operation: "UPDATE_MANY" },
    { matchedCount: 2, modifiedCount: 2 },
    ["X", "OLD", "X"],
  ],
  [
    { filter: '{"_id": 2}', document: '{"state": "Y"}', operation: "REPLACE_ONE" },
    { matchedCount: 1, modifiedCount: 1 },
    ["NEW", "Y", "NEW"],
  ],
  [{ filter: { _id: 9 }, document: { $set: { a: 1 } } }, { matchedCount: 0, modifiedCount: 0 }, ["NEW", "OLD", "NEW"]],
])("Update with %j changes what it says", async (properties, counts, states) => {
  await using it = await setup(THREE);
  const { outputs, message } = await it.run("Update", properties);
  expect(message).toBeUndefined();
  expect(outputs).toEqual({ wasAcknowledged: true, ...counts });
  expect((await it.content()).map(({ state }) => state as string)).toEqual(states);
});

test.each([
  [{ document: { state: "X" } }, /^UPDATE_ONE takes operators, such as/],
  [{ document: { $set: { a: 1 } }, operation: "REPLACE_ONE" }, /^REPLACE_ONE takes a whole document/],
  [{ document: { $nothing: { a: 1 } } }, /^MongoDB refuses it: .*\$nothing/],
])("an Update with %j is refused", async (properties, message) => {
  await using it = await setup(THREE);
  expect((await it.run("Update", { filter: { _id: 1 }, ...properties })).message).toMatch(message);
  expect(await it.content()).toEqual(THREE);
});

test.each([
  [{ filter: { state: "NEW" } }, 1],
  [{ filter: { state: "NEW" }, operation: "DELETE_MANY" }, 2],
  [{ operation: "DELETE_MANY" }, 3],
  [{ filter: { _id: 9 } }, 0],
])("Delete with %j removes what it says", async (properties, deletedCount) => {
  await using it = await setup(THREE);
  expect((await it.run("Delete", properties)).outputs).toEqual({ wasAcknowledged: true, deletedCount });
  expect(await it.content()).toHaveLength(3 - deletedCount);
});

const NOTHING = { insertedCount: 0, matchedCount: 0, modifiedCount: 0, deletedCount: 0 };

test.each([1, 2, 1000])("rows are loaded, %s at a time", async (chunk) => {
  await using it = await setup();
  const rows = [1, 2, 3].map((_id) => ({ _id, at: { $date: "2024-03-01T10:00:00Z" }, list: [_id] }));
  const { outputs } = await it.run("Load", { from: file(it.world, rows), chunk });
  expect(outputs).toEqual({ ...NOTHING, size: 3, insertedCount: 3 });
  expect(await it.content()).toEqual(rows.map((row) => ({ ...row, at: new Date("2024-03-01T10:00:00Z") })));
});

test("rows with `idKey` replace the documents that they are", async () => {
  await using it = await setup([{ _id: 1, old: true }]);
  const rows = [1, 2].map((id) => ({ id, n: id }));
  const from = file(it.world, rows);
  const counts = { size: 2, insertedCount: 1, matchedCount: 1, modifiedCount: 1, deletedCount: 0 };
  expect((await it.run("Load", { from, idKey: "id" })).outputs).toEqual(counts);
  expect(await it.content()).toEqual([1, 2].map((_id) => ({ _id, n: _id })));
  await it.run("Load", { from, idKey: "id", removeIdKey: false });
  expect(await it.content()).toEqual([1, 2].map((_id) => ({ _id, id: _id, n: _id })));
});

test("of a load that is refused, it is told which row, and those before it stay", async () => {
  await using it = await setup();
  const rows = [{ _id: 1 }, { _id: 2 }, { _id: 1 }, { _id: 4 }];
  const { message } = await it.run("Load", { from: file(it.world, rows), chunk: 2 });
  expect(message).toMatch(/^Write 3: MongoDB refuses it: .*E11000.* Those before it are done\.$/);
  expect(await it.content()).toEqual([{ _id: 1 }, { _id: 2 }]);
});

test.each([
  [[5], {}, "Row 1 is no map, and a document is one."],
  [[{ a: 1 }], { idKey: "id" }, "Row 1 has nothing at `id`, which `idKey` asks for."],
  [[{ a: { $oid: "x" } }], {}, /^`row 1` has extended JSON that stands for nothing/],
])("a load of %j with %j is refused", async (rows, properties, message) => {
  await using it = await setup();
  expect((await it.run("Load", { from: file(it.world, rows), ...properties })).message).toMatch(message);
});

test("a file of writes is sent, in their order", async () => {
  await using it = await setup(THREE);
  const writes = [
    { insertOne: { _id: 4, state: "NEW" } },
    { updateOne: { filter: { _id: 1 }, update: { $set: { state: "A" } } } },
    { updateMany: { filter: { state: "NEW" }, update: { $set: { state: "B" } } } },
    { replaceOne: { filter: { _id: 9 }, replacement: { state: "C" }, upsert: true } },
    { deleteOne: { _id: 2 } },
    { deleteMany: { filter: { state: "A" } } },
  ];
  const { outputs, message } = await it.run("Bulk", { from: file(it.world, writes), chunk: 2 });
  expect(message).toBeUndefined();
  expect(outputs).toEqual({ size: 6, insertedCount: 2, matchedCount: 3, modifiedCount: 3, deletedCount: 2 });
  expect((await it.content()).map(({ _id, state }) => [_id as unknown as number, state as string])).toEqual([
    [3, "B"],
    [4, "B"],
    [9, "C"],
  ]);
});

test.each([
  [[{ _id: 1, a: 2 }], /^Line 1 is no write/],
  [[{ insertOne: {} }, { dropAll: {} }], /^Line 2 has the write dropAll, which there isn't/],
  [[{ updateOne: { update: {} } }], "The write of line 1 has no map at `filter`."],
])("the file %j is none of writes", async (writes, message) => {
  await using it = await setup();
  expect((await it.run("Bulk", { from: file(it.world, writes) })).message).toMatch(message);
});

test("a trigger fires while documents are found", async () => {
  await using it = await setup(THREE);
  const properties = { ...it.place, filter: { state: "NEW" }, ...SORT };
  const rows = [THREE[0], THREE[2]];
  expect(await it.world.poll(triggerOf("Trigger"), properties)).toEqual({ variables: { rows, size: 2 } });
  await it.run("Update", { operation: "UPDATE_MANY", filter: { state: "NEW" }, document: { $set: { state: "SEEN" } } });
  expect(await it.world.poll(triggerOf("Trigger"), properties)).toBeUndefined();
});

test("more than outputs hold is to be stored", async () => {
  await using it = await setup([1, 2].map((_id) => ({ _id, text: "x".repeat(600_000) })));
  expect((await it.run("Find", {})).message).toMatch(/^The rows are more than 1048576 characters/);
});

test.each([
  "mongodb://ada:s3cret@127.0.0.1:1/?serverSelectionTimeoutMS=200",
  "mongodb://ada:s3%63ret@nowhere:x:y/",
  "http://ada:s3cret@127.0.0.1/",
])("the address %s leads nowhere, and its password is not told", async (uri) => {
  await using it = await setup();
  const { state, message } = await it.run("Find", { connection: { uri } });
  expect([state, message]).toEqual([
    "FAILED",
    expect.stringMatching(/^MongoDB can't be reached: |^`connection\.uri` is no address/),
  ]);
  expect(message).not.toContain("s3cret");
  expect(it.world.masked).toEqual(
    uri.startsWith("http") ? [] : uri.includes("%") ? ["s3%63ret", "s3cret"] : ["s3cret"],
  );
});

test("what is killed ends at once, and its connections are closed", async () => {
  await using silent = await startSilentServer();
  const kill = new AbortController();
  await using it = await setup([], { signal: kill.signal });
  const uri = `mongodb://127.0.0.1:${silent.port}/`;
  const outcome = it.run("Find", { connection: { uri } });
  await silent.connected;
  kill.abort();
  expect(await outcome).toMatchObject({ state: "FAILED", message: expect.stringMatching(/abort/) });
  await silent.left();
});

test("what is killed among many documents is not taken for all of them", async () => {
  const many = Array.from({ length: 3_000 }, (_item, _id) => ({ _id, text: "x".repeat(1_000) }));
  const kill = new AbortController();
  await using it = await setup(many, { signal: kill.signal });
  const definition = taskOf("Find");
  const put = async (_name: string, content: AsyncIterable<Uint8Array>) => {
    for await (const _piece of content) kill.abort();
    return "kestra:///rows.ion";
  };
  const context = it.world.context(definition, { ...it.place, store: true });
  const outcome = definition.run!({ ...context, files: { ...it.world.files, put } } as never);
  await expect(outcome).rejects.toThrow(/abort/);
});

test("a server that goes away among many documents fails the task", async () => {
  await using other = await startFerretdb();
  await using it = await setup();
  const filler = new MongoClient(other.uri);
  const many = Array.from({ length: 3_000 }, (_item, _id) => ({ _id, text: "x".repeat(1_000) }));
  await filler.db("shop").collection<{ _id: number }>("orders").insertMany(many);
  await filler.close();
  const definition = taskOf("Find");
  const place = { connection: { uri: other.uri }, database: "shop", collection: "orders" };
  const put = async (_name: string, content: AsyncIterable<Uint8Array>) => {
    for await (const _piece of content) await other.kill();
    return "kestra:///rows.ion";
  };
  const context = it.world.context(definition, { ...place, store: true });
  const outcome = definition.run!({ ...context, files: { ...it.world.files, put } } as never);
  await expect(outcome).rejects.toThrow(/^MongoDB can't be reached: /);
});
