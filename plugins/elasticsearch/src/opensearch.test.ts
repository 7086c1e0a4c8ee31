import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, type TestOptions, type TestWorld } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpensearchServer, startOpensearch } from "./testing/opensearch-server.ts";
import { taskOf } from "./testing/task-of.ts";

let server: OpensearchServer;
beforeAll(async () => {
  server = await startOpensearch();
}, 600_000);
afterAll(() => server[Symbol.asyncDispose]());

let indexes = 0;

/** A world, an index of its own with so many orders, and a way to run tasks. */
async function setup(engine: string, orders = 0, options: TestOptions = {}) {
  indexes += 1;
  const index = `orders-${indexes}`;
  const world = createTestWorld(options);
  const run = (kind: string, properties: JsonMap) =>
    world.run(taskOf(`${engine}.${kind}`), { connection: server.connection, ...properties });
  const content = async () => {
    await server.ask(`/${index}/_refresh`, "POST");
    const answer = await server.ask(`/${index}/_search?size=1000&version=true`);
    const { hits } = (answer as { hits: { hits: { _id: string; _source: unknown }[] } }).hits;
    return Object.fromEntries(hits.map(({ _id: id, _source: source }) => [id, source]));
  };
  await server.ask(`/${index}`, "PUT", {
    mappings: { properties: { id: { type: "long" }, state: { type: "keyword" } } },
  });
  if (orders > 0) {
    const rows = Array.from({ length: orders }, (_item, at) => ({ id: at + 1, state: at % 2 === 0 ? "NEW" : "OLD" }));
    const { message } = await run("Load", { from: file(world, rows), index, idKey: "id", removeIdKey: false });
    expect(message).toBeUndefined();
    await server.ask(`/${index}/_refresh`, "POST");
  }
  return { world, index, run, content, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

const file = ({ files }: TestWorld, rows: readonly unknown[]) =>
  files.seed("kestra:///rows.ion", rows.map((row) => `${JSON.stringify(row)}\n`).join(""));

async function linesOf({ files }: TestWorld, uri: unknown): Promise<readonly unknown[]> {
  const lines = (await files.text(String(uri))).split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as unknown);
}

const BY_ID = { sort: [{ id: "asc" }] };
const FIRST = { id: 1, state: "NEW" };
const SECOND = { id: 2, state: "OLD" };

describe.each(["elasticsearch", "opensearch"])("%s, on OpenSearch", (engine) => {
  test.each([
    [{}, { rows: [FIRST, SECOND], size: 2, total: 2 }],
    [{ fetchType: "FETCH_ONE" }, { row: FIRST, size: 1, total: 2 }],
    [{ fetchType: "NONE" }, { size: 2, total: 2 }],
    [{ fetchType: "STORE" }, { uri: expect.stringMatching(/rows\.ion$/), size: 2, total: 2 }],
  ])("a search with %j puts out what it says", async (how, outputs) => {
    await using it = await setup(engine, 2);
    const outcome = await it.run("Search", { indexes: [it.index], request: BY_ID, ...how });
    expect(outcome).toEqual({ state: "SUCCESS", message: undefined, outputs });
  });

  test("a search takes JSON, counts more than it shows, and asks one shard", async () => {
    await using it = await setup(engine, 5);
    const request = JSON.stringify({ size: 1, query: { term: { state: "NEW" } }, ...BY_ID });
    const { outputs } = await it.run("Search", { indexes: it.index, request, routing: "x" });
    expect(outputs).toEqual({ rows: [FIRST], size: 1, total: 3 });
  });

  test("a search that the server refuses is told with its reason", async () => {
    await using it = await setup(engine);
    const { message } = await it.run("Search", { indexes: [it.index], request: { query: { nothing: {} } } });
    expect(message).toMatch(/^The search failed with status 400 .*unknown query \[nothing\]/s);
  });

  test.each([
    ["[1]", "`request` is to be a map, or the text of one in JSON."],
    ["{", /^`request` is a text that is no JSON: /],
  ])("the request %j is none", async (request, message) => {
    await using it = await setup(engine);
    expect((await it.run("Search", { request })).message).toMatch(message);
  });

  test("a scroll reads all pages, and leaves nothing on the server", async () => {
    await using it = await setup(engine, 25);
    const { outputs } = await it.run("Scroll", { indexes: [it.index], request: { size: 10, ...BY_ID } });
    expect(outputs).toEqual({ size: 25, uri: expect.stringMatching(/rows\.ion$/) });
    const ids = (await linesOf(it.world, outputs!["uri"])).map((row) => (row as { id: number }).id);
    expect(ids).toEqual(Array.from({ length: 25 }, (_item, at) => at + 1));
    expect(it.world.metrics).toContainEqual({ name: "requests.count", type: "counter", value: 3 });
    expect(await openScrolls()).toBe(0);
  });

  test("a scroll that is killed between two pages leaves nothing on the server", async () => {
    const kill = new AbortController();
    await using it = await setup(engine, 25, { signal: kill.signal });
    const definition = taskOf(`${engine}.Scroll`);
    const properties = { connection: server.connection, indexes: [it.index], request: { size: 10 } };
    const put = async (_name: string, content: AsyncIterable<Uint8Array>) => {
      kill.abort();
      for await (const _piece of content);
      return "kestra:///rows.ion";
    };
    const files = { ...it.world.files, put };
    await expect(definition.run!({ ...it.world.context(definition, properties), files } as never)).rejects.toThrow(
      /abort/,
    );
    expect(await openScrolls()).toBe(0);
  });

  test("a document is read, and one that is missing is no failure if nobody says so", async () => {
    await using it = await setup(engine, 1);
    const get = (properties: JsonMap) => it.run("Get", { index: it.index, key: "1", ...properties });
    expect(await get({})).toEqual({ state: "SUCCESS", message: undefined, outputs: { row: FIRST } });
    expect((await get({ docVersion: 1 })).outputs).toEqual({ row: FIRST });
    expect((await get({ docVersion: 7 })).message).toMatch(/failed with status 409 .*version_conflict/s);
    expect(await get({ key: "2" })).toEqual({ state: "SUCCESS", message: undefined, outputs: {} });
    expect((await get({ key: "2", errorOnMissing: true })).message).toBe(
      `${it.index} has no document 2, and \`errorOnMissing\` asks for one.`,
    );
    expect((await get({ index: "no-such-index" })).message).toBe("There is no index no-such-index. Check `index`.");
    expect((await get({ index: ".." })).message).toBe('`index` is "..". Give it the name or id that is meant.');
  });

  test("an id may have any characters, and long numbers keep their digits", async () => {
    await using it = await setup(engine);
    const key = "a/../b c?ä";
    const value = '{"id": 9007199254740993, "text": "ä€"}';
    const put = await it.run("Put", { index: it.index, key, value });
    expect(put.outputs).toEqual({ id: key, result: "Created", version: 1 });
    const { outputs } = await it.run("Get", { index: it.index, key });
    expect(outputs).toEqual({ row: { id: "9007199254740993", text: "ä€" } });
  });

  test("a document is written, changed and removed", async () => {
    await using it = await setup(engine);
    const put = async (properties: JsonMap) =>
      (await it.run("Put", { index: it.index, key: "7", ...properties })).outputs;
    expect(await put({ value: { a: 1, b: 1 } })).toEqual({ id: "7", result: "Created", version: 1 });
    expect(await put({ value: { a: 1, b: 2 }, opType: "INDEX" })).toEqual({ id: "7", result: "Updated", version: 2 });
    expect(await put({ value: { b: 3 }, opType: "UPDATE" })).toEqual({ id: "7", result: "Updated", version: 3 });
    expect(await put({ value: { b: 3 }, opType: "UPDATE" })).toEqual({ id: "7", result: "NoOp", version: 3 });
    expect(await it.content()).toEqual({ 7: { a: 1, b: 3 } });
    expect(await put({ value: { a: 5 }, opType: "UPDATE", key: "8" })).toMatchObject({ result: "Created" });
    expect(await put({ opType: "DELETE" })).toEqual({ id: "7", result: "Deleted", version: 4 });
    expect(await put({ opType: "DELETE" })).toMatchObject({ id: "7", result: "NotFound" });
    expect(await it.content()).toEqual({ 8: { a: 5 } });
  });

  test("CREATE refuses when there is one", async () => {
    await using it = await setup(engine, 1);
    const create = (properties: JsonMap) =>
      it.run("Put", { index: it.index, opType: "CREATE", value: { a: 1 }, ...properties });
    expect((await create({ key: "1" })).message).toMatch(/failed with status 409 /);
    expect((await create({ key: "2" })).outputs).toEqual({ id: "2", result: "Created", version: 1 });
    expect((await create({})).outputs).toMatchObject({ id: expect.stringMatching(/^.{20}$/), result: "Created" });
  });

  test.each(["IMMEDIATE", "WAIT_UNTIL"])("with %s a search finds it at once", async (refreshPolicy) => {
    await using it = await setup(engine);
    await it.run("Put", { index: it.index, value: { id: 5 }, refreshPolicy });
    const { outputs } = await it.run("Search", { indexes: [it.index], request: {} });
    expect(outputs).toMatchObject({ rows: [{ id: 5 }], total: 1 });
  });

  test("a document in YAML is sent as it is, and its fields are found", async () => {
    await using it = await setup(engine);
    const yaml = { value: "---\nid: 5\nstate: NEW\n", contentType: "YAML" };
    const outcome = await it.run("Put", { index: it.index, key: "1", ...yaml });
    expect(outcome.message).toBeUndefined();
    await server.ask(`/${it.index}/_refresh`, "POST");
    expect(await server.ask(`/${it.index}/_count`, "POST", { query: { term: { id: 5 } } })).toMatchObject({ count: 1 });
  });

  test.each([
    [{ opType: "UPDATE", value: {} }, "UPDATE needs `key`: the id of the document."],
    [{ opType: "DELETE" }, "DELETE needs `key`: the id of the document."],
    [{ key: "1" }, "INDEX needs `value`: the document."],
    [{ key: "1", value: "x", contentType: "CBOR" }, /^A `value` in CBOR can't be sent with INDEX/],
    [
      { key: "1", value: "a: 1", contentType: "YAML", opType: "UPDATE" },
      /^A `value` in YAML can't be sent with UPDATE/,
    ],
    [{ key: "1", value: "[1]" }, "`value` is to be a map, or the text of one in JSON."],
  ])("Put with %j is refused", async (properties, message) => {
    await using it = await setup(engine);
    expect((await it.run("Put", { index: it.index, ...properties })).message).toMatch(message);
  });

  test.each([1, 2, 1000])("rows are loaded, %s at a time", async (chunk) => {
    await using it = await setup(engine);
    const from = file(it.world, [
      { key: "a", n: 1 },
      { key: 2, n: "9007199254740993" },
      { key: "c", n: null },
    ]);
    const outcome = await it.run("Load", { from, index: it.index, idKey: "key", chunk });
    expect(outcome).toEqual({ state: "SUCCESS", message: undefined, outputs: { size: 3 } });
    expect(await it.content()).toEqual({ a: { n: 1 }, 2: { n: "9007199254740993" }, c: { n: null } });
    const requests = Math.ceil(3 / chunk);
    expect(it.world.metrics).toContainEqual({ name: "requests.count", type: "counter", value: requests });
  });

  test("rows change and remove documents", async () => {
    await using it = await setup(engine, 3);
    const load = (rows: readonly unknown[], opType: string) =>
      it.run("Load", { from: file(it.world, rows), index: it.index, idKey: "id", opType });
    expect(
      (
        await load(
          [
            { id: 1, note: "x" },
            { id: 9, note: "y" },
          ],
          "UPDATE",
        )
      ).message,
    ).toBeUndefined();
    expect((await load([{ id: 2 }, { id: 3 }], "DELETE")).message).toBeUndefined();
    expect(await it.content()).toEqual({ 1: { ...FIRST, note: "x" }, 9: { note: "y" } });
  });

  test("of a load that is refused, it is told what, and what is done", async () => {
    await using it = await setup(engine, 2);
    const rows = [1, 2, 3, 4].map((id) => ({ id }));
    const load = { from: file(it.world, rows), index: it.index, idKey: "id", opType: "CREATE" };
    const { message } = await it.run("Load", load);
    expect(message).toMatch(
      /^The server refuses 2 of 4 operations: operation 1 \(create of 1\): .*; operation 2 .*\. 2 operations are done\.$/s,
    );
    expect(Object.keys(await it.content())).toEqual(["1", "2", "3", "4"]);
  });

  test.each([
    [{ opType: "DELETE" }, [{ id: 1 }], "DELETE needs `idKey`: the key of a row that has the id of its document."],
    [{ idKey: "id" }, [{ id: 1 }, { x: 1 }], "Row 2 has no text and no number at `id`, which `idKey` asks for."],
    [{}, [{ id: 1 }, 5], "Row 2 is no map, and a document is one."],
  ])("a load with %j of %j is refused", async (properties, rows, message) => {
    await using it = await setup(engine);
    const outcome = await it.run("Load", { from: file(it.world, rows), index: it.index, ...properties });
    expect(outcome).toMatchObject({ state: "FAILED", message });
  });

  test("a file of operations is sent, whatever they do", async () => {
    await using it = await setup(engine, 2);
    const lines = [
      { index: { _index: it.index, _id: "3" } },
      { id: 3 },
      { delete: { _index: it.index, _id: "1" } },
      { update: { _index: it.index, _id: "2" } },
      { doc: { state: "X" } },
    ];
    const outcome = await it.run("Bulk", { from: file(it.world, lines), chunk: 1 });
    expect(outcome).toEqual({ state: "SUCCESS", message: undefined, outputs: { size: 3 } });
    expect(await it.content()).toEqual({ 2: { id: 2, state: "X" }, 3: { id: 3 } });
  });

  test.each([
    [[{ id: 1 }], /^Line 1 is no operation/],
    [[{ index: { _index: "x" } }], "The file ends with an operation whose document is missing."],
    [[{ delete: { _index: "x", _id: "1" } }, 5], /^Line 2 is no operation/],
  ])("the file %j is none of operations", async (lines, message) => {
    await using it = await setup(engine);
    expect((await it.run("Bulk", { from: file(it.world, lines) })).message).toMatch(message);
  });

  test("any request is sent, and its answer is a value or a text", async () => {
    await using it = await setup(engine, 3);
    const endpoint = `${it.index}/_count`;
    const body = { query: { term: { state: "NEW" } } };
    expect((await it.run("Request", { method: "POST", endpoint, body })).outputs).toMatchObject({
      status: 200,
      response: { count: 2 },
    });
    const cat = { endpoint: `/_cat/count/${it.index}?format=yaml`, parameters: { h: "count" } };
    expect((await it.run("Request", cat)).outputs).toEqual({ status: 200, response: '---\n- count: "3"\n' });
    expect((await it.run("Request", { endpoint: "/none/_doc/1" })).message).toMatch(
      /^GET \/none\/_doc\/1 failed with status 404 /,
    );
    expect((await it.run("Request", { method: "HEAD", endpoint: `/${it.index}` })).outputs).toEqual({ status: 200 });
    expect((await it.run("Request", { method: "TRACE", endpoint: "/" })).message).toMatch(/can't be sent/);
  });

  test("a request of many lines is sent as such", async () => {
    await using it = await setup(engine);
    const body = `{"index":{"_index":"${it.index}","_id":"1"}}\n{"a":1}\n`;
    const { outputs } = await it.run("Request", { method: "POST", endpoint: "/_bulk", body });
    expect(outputs).toMatchObject({ response: { errors: false } });
  });
});

async function openScrolls(): Promise<number> {
  const { nodes } = (await server.ask("/_nodes/stats/indices/search")) as {
    nodes: Record<string, { indices: { search: { open_contexts: number } } }>;
  };
  return Object.values(nodes)[0]!.indices.search.open_contexts;
}
