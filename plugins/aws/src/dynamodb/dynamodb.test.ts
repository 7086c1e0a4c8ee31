import { DynamoDB } from "@aws-sdk/client-dynamodb";
import { type S3Server, startS3Server } from "@capstan/storage/test-kit";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createServiceWorld, SECRET } from "../testing/service-world.ts";

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server();
}, 120_000);
afterAll(() => server.stop());

/** A table of orders, by customer and number. */
async function tableWorld() {
  const world = createServiceWorld(server);
  const { name: tableName } = world;
  const dynamo = new DynamoDB(world.settings);
  onTestFinished(() => dynamo.destroy());
  await dynamo.createTable({
    TableName: tableName,
    BillingMode: "PAY_PER_REQUEST",
    KeySchema: [
      { AttributeName: "customer", KeyType: "HASH" },
      { AttributeName: "number", KeyType: "RANGE" },
    ],
    AttributeDefinitions: [
      { AttributeName: "customer", AttributeType: "S" },
      { AttributeName: "number", AttributeType: "N" },
    ],
  });
  const run = (type: string, properties = {}) => world.run(`dynamodb.${type}`, { tableName, ...properties });
  return {
    ...world,
    run,
    dynamo,
    tableName,
    fill: async (count: number, text = "") => {
      for (let number = 0; number < count; number += 1)
        await dynamo.putItem({
          TableName: tableName,
          Item: { customer: { S: "ada" }, number: { N: String(number) }, text: { S: text } },
        });
    },
  };
}

const KEY = { customer: "ada", number: 1 };

describe("one item", () => {
  const item = { ...KEY, paid: true, note: null, price: 12.5, lines: [1, "a", { deep: [[]] }], empty: {} };

  test.each([
    ["a map", item],
    ["its JSON", JSON.stringify(item)],
  ])("%s is put, got as it was, and deleted", async (_, given) => {
    const { run } = await tableWorld();
    expect((await run("PutItem", { item: given })).message).toBeUndefined();
    expect((await run("GetItem", { key: KEY })).outputs).toEqual({ row: item });
    expect((await run("DeleteItem", { key: KEY })).state).toBe("SUCCESS");
    expect((await run("GetItem", { key: KEY })).outputs).toEqual({});
    expect((await run("DeleteItem", { key: KEY })).state).toBe("SUCCESS");
  });

  test("what JavaScript lacks becomes text: long numbers their digits, bytes their base64; sets become lists", async () => {
    const { run, dynamo, tableName } = await tableWorld();
    await dynamo.putItem({
      TableName: tableName,
      Item: {
        customer: { S: "ada" },
        number: { N: "1" },
        long: { N: "9007199254740993" },
        exact: { N: "0.12345678901234567" },
        bytes: { B: Buffer.from("hi") },
        names: { SS: ["a", "b"] },
        numbers: { NS: ["1", "12345678901234567890"] },
        files: { BS: [Buffer.from("hi")] },
      },
    });
    const { outputs } = await run("GetItem", { key: KEY });
    expect(outputs?.["row"]).toMatchObject({
      long: "9007199254740993",
      exact: "0.12345678901234567",
      bytes: "aGk=",
      names: ["a", "b"],
      numbers: expect.arrayContaining([1, "12345678901234567890"]) as unknown[],
      files: ["aGk="],
    });
  });

  test.each([
    ["PutItem", { item: "no JSON" }, "`item` is no map of names and values, nor the JSON of one."],
    ["PutItem", { item: [KEY] }, "`item` is no map of names and values, nor the JSON of one."],
    ["GetItem", { key: { customer: "ada" } }, "Getting an item of"],
  ])("%s of %j fails", async (type, properties, message) => {
    const { run } = await tableWorld();
    expect((await run(type, properties)).message).toContain(message);
  });

  test("a value may be nested in 32 levels, and no more", async () => {
    const { run } = await tableWorld();
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    const put = async (levels: number) => (await run("PutItem", { item: { ...KEY, deep: nested(levels) } })).message;
    expect(await put(32)).toBeUndefined();
    expect(await put(33)).toMatch("is nested in more than 32 levels, which DynamoDB does not take.");
  });

  test("a table that is not there is named, and no secret is", async () => {
    const { run, world } = await tableWorld();
    const { message } = await run("GetItem", { tableName: "gone", key: KEY });
    expect(message).toMatch(/^Getting an item of gone failed: .* \(ResourceNotFoundException, HTTP 400/);
    expect(message + JSON.stringify(world.logs)).not.toContain(SECRET);
  });
});

describe("many items", () => {
  const ofAda = { keyConditionExpression: "customer = :c", expressionAttributeValues: { ":c": "ada" } };

  test("a query answers the items of a partition in their order, in each way of fetching", async () => {
    const { run, fill, rows, world } = await tableWorld();
    await fill(3);
    const stored = await run("Query", ofAda);
    expect(stored.outputs).toMatchObject({ size: 3 });
    expect((await rows(stored.outputs?.["uri"])).map(({ number }) => number)).toEqual([0, 1, 2]);
    expect((await run("Query", { ...ofAda, fetchType: "FETCH" })).outputs?.["rows"]).toHaveLength(3);
    expect((await run("Query", { ...ofAda, fetchType: "FETCH_ONE" })).outputs).toMatchObject({ row: { number: 0 } });
    expect((await run("Query", { ...ofAda, fetchType: "NONE" })).outputs).toEqual({ size: 3 });
    expect(world.metrics).toContainEqual({ name: "records", type: "counter", value: 3 });
  });

  test("pages of a mebibyte are read to their end", async () => {
    const { run, fill } = await tableWorld();
    await fill(8, "x".repeat(300_000));
    expect((await run("Scan")).outputs).toMatchObject({ size: 8 });
    expect((await run("Query", ofAda)).outputs).toMatchObject({ size: 8 });
  });

  test.each([
    ["Scan", { filterExpression: "price > :low", expressionAttributeValues: { ":low": 2 } }],
    ["Query", { ...ofAda, filterExpression: "price > :low", expressionAttributeValues: { ":c": "ada", ":low": 2 } }],
  ])("a limit of %s counts what is answered, with a filter as without", async (type, filtered) => {
    const { run } = await tableWorld();
    for (let number = 0; number < 6; number += 1)
      await run("PutItem", { item: { customer: "ada", number, price: number } });
    const fetched = async (given: object) => {
      const { outputs } = await run(type, { ...given, limit: 2, fetchType: "FETCH" });
      return (outputs!["rows"] as readonly { readonly price: number }[]).map(({ price }) => price);
    };
    expect(await fetched(type === "Scan" ? {} : ofAda)).toEqual([0, 1]);
    expect(await fetched(filtered)).toEqual([3, 4]);
  });

  test("a table of no items is a file of none", async () => {
    const { run, rows } = await tableWorld();
    const { outputs } = await run("Scan");
    expect([outputs?.["size"], await rows(outputs?.["uri"])]).toEqual([0, []]);
  });

  test("a kill ends the reading", async () => {
    const { world, connection, tableName, fill } = await tableWorld();
    await fill(1);
    const kill = new AbortController();
    const killed = createServiceWorld(server, { signal: kill.signal });
    Object.assign(killed.world.files, {
      put: async (_name: string, content: AsyncIterable<unknown>) => {
        kill.abort(new Error("killed"));
        await Array.fromAsync(content);
        return "";
      },
    });
    expect((await killed.run("dynamodb.Scan", { ...connection, tableName })).state).toBe("FAILED");
    expect(world.logs).toEqual([]);
  });
});
