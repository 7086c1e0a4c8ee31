import { expect, test } from "vitest";
import { testBatch } from "./batch-conformance.ts";
import { type DriverUnderTest, linesOf, startTable, THREE } from "./driver-world.ts";
import { triggerOf } from "./task-of.ts";

/** What every driver does alike. */
export function testDriver(driver: DriverUnderTest): void {
  testStatements(driver);
  testTransactions(driver);
  if (driver.hasBatch) testBatch(driver);
}

/** What every driver does alike, with transactions or without. */
export function testStatements(driver: DriverUnderTest): void {
  testQuery(driver);
  testEnds(driver);
  testParameters(driver);
  testQueries(driver);
  testTrigger(driver);
}

/** The rows of `THREE`. */
const ALL = [
  { id: 1, state: "NEW", note: "a" },
  { id: 2, state: "NEW", note: null },
  { id: 3, state: "OLD", note: "c" },
];

function testQuery(driver: DriverUnderTest): void {
  test.each([
    [{ fetchType: "FETCH" }, { rows: ALL, size: 3 }],
    [{ fetchType: "FETCH_ONE" }, { row: ALL[0], size: 1 }],
    [{ fetchType: "NONE" }, { size: 3 }],
    [{}, { size: 3 }],
    [
      { fetchType: "NONE", fetch: true },
      { rows: ALL, size: 3 },
    ],
    [
      { fetchType: "STORE", fetchOne: true },
      { row: ALL[0], size: 1 },
    ],
    [
      { fetchType: "FETCH", fetchSize: 1 },
      { rows: ALL, size: 3 },
    ],
  ] as const)("a query with %j puts out what it says", async (how, outputs) => {
    const { world, table, run } = await startTable(driver, THREE);
    await using _ = world;
    const outcome = await run("Query", { sql: `SELECT * FROM ${table} ORDER BY id; -- all`, ...how });
    expect(outcome).toEqual({ state: "SUCCESS", outputs, message: undefined });
  });

  test.each([{ fetchType: "STORE" }, { fetchType: "FETCH", store: true }])(
    "%j puts the rows into a file",
    async (how) => {
      const { world, table, run } = await startTable(driver, THREE);
      await using _ = world;
      const { outputs } = await run("Query", { sql: `SELECT * FROM ${table} ORDER BY id`, ...how });
      expect(outputs).toEqual({ uri: expect.stringMatching(/rows\.ion$/), size: 3 });
      expect(await linesOf(world, outputs!["uri"])).toEqual(ALL);
    },
  );

  test("many rows come in batches, and each once", async () => {
    const { world, run } = await startTable(driver);
    await using _ = world;
    const { outputs } = await run("Query", { sql: driver.series(10_001), fetchType: "STORE", fetchSize: 1000 });
    expect(outputs!["size"]).toBe(10_001);
    const numbers = (await linesOf(world, outputs!["uri"])).map((row) => (row as { i: number }).i);
    expect(numbers).toEqual(Array.from({ length: 10_001 }, (_item, index) => index + 1));
  });
}

function testEnds(driver: DriverUnderTest): void {
  test("rows that nobody reads are left, and what follows runs", async () => {
    const { world, run, table, content } = await startTable(driver, THREE);
    await using _ = world;
    const afterSQL = `UPDATE ${table} SET note = 'after' WHERE id > 1`;
    const outcome = await run("Query", { sql: driver.series(50_000), fetchType: "FETCH_ONE", fetchSize: 10, afterSQL });
    expect(outcome.outputs).toEqual({ row: { i: 1 }, size: 1 });
    expect((await content()).map(({ note }) => note)).toEqual(["a", "after", "after"]);
  });

  test.each(["STORE", "NONE"])("a failure behind many rows is one of the task, with %s", async (fetchType) => {
    const { world, run, table, content } = await startTable(driver, THREE);
    await using _ = world;
    const afterSQL = `DELETE FROM ${table}`;
    const outcome = await run("Query", { sql: driver.breaking, fetchType, fetchSize: 100, afterSQL });
    expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringMatching(/^The database refuses it: /) });
    expect(await content()).toEqual(ALL);
  });

  test("a statement without rows has a size of 0, and the log says what it changed", async () => {
    const { world, run, table } = await startTable(driver, THREE);
    await using _ = world;
    const outcome = await run("Query", {
      sql: `UPDATE ${table} SET note = 'x' WHERE state = 'NEW'`,
      fetchType: "FETCH",
    });
    expect(outcome).toEqual({ state: "SUCCESS", outputs: { size: 0 }, message: undefined });
    expect(world.logs.at(-1)).toEqual({
      level: "INFO",
      message: `Rows changed: ${driver.countsUpdates === false ? 0 : 2}`,
    });
  });

  test.each([
    ["SELECT 1; SELECT 2", "`sql` has 2 statements, and a Query takes one. Use Queries for several of them."],
    [" ; -- nothing\n /* at all */", "There is no SQL to run: `sql` is empty, or comments alone."],
  ])("%j is no query", async (sql, message) => {
    const { world, run } = await startTable(driver);
    await using _ = world;
    expect(await run("Query", { sql })).toMatchObject({ state: "FAILED", message });
  });

  test("a zone that is none is told", async () => {
    const { world, run } = await startTable(driver);
    await using _ = world;
    const { message } = await run("Query", { sql: "SELECT 1", timeZoneId: "Europe/Pariss" });
    expect(message).toBe('`timeZoneId` is "Europe/Pariss", which is no time zone: write Europe/Paris, or +02:00.');
  });
}

function testParameters(driver: DriverUnderTest): void {
  const NASTY = "Robert'); DROP TABLE orders; -- \" \\ `";

  test("parameters are values, whatever is in them", async () => {
    const { world, run, table, content } = await startTable(driver);
    await using _ = world;
    const outcome = await run("Query", {
      sql: `INSERT INTO ${table} (id, state, note) VALUES (:id, :note, :note) -- :id`,
      parameters: { id: 7, note: NASTY, unused: true },
    });
    expect(outcome.message).toBeUndefined();
    expect(await content()).toEqual([{ id: 7, state: NASTY, note: NASTY }]);
  });

  test("what looks like a parameter in a text or a comment is none", async () => {
    const { world, run, table } = await startTable(driver, THREE);
    await using _ = world;
    const { outputs, message } = await run("Query", {
      sql: `SELECT ':id it''s :id' AS t /* :other */ FROM ${table} WHERE id = :id AND state <> '12:30'`,
      parameters: { id: 1 },
      fetchType: "FETCH_ONE",
    });
    expect(message).toBeUndefined();
    expect(outputs).toEqual({ row: { t: ":id it's :id" }, size: 1 });
  });

  test("no value is told by its name", async () => {
    const { world, run, table } = await startTable(driver);
    await using _ = world;
    const outcome = await run("Query", { sql: `SELECT * FROM ${table} WHERE id = :idd`, parameters: { id: 1 } });
    expect(outcome.message).toMatch(/^The statement has `:idd`, but `parameters` has no value for it: there are id\./);
  });

  test("null, numbers and truths are bound as such", async () => {
    const { world, run, table, content } = await startTable(driver);
    await using _ = world;
    const sql = `INSERT INTO ${table} (id, state, note) SELECT :id, :none, 'yes' WHERE 1.5 = :half`;
    const select = ["mysql", "mariadb"].includes(driver.name) ? sql.replace("WHERE", "FROM DUAL WHERE") : sql;
    const outcome = await run("Query", { sql: select, parameters: { id: 4, none: null, half: 1.5 } });
    expect(outcome.message).toBeUndefined();
    expect(await content()).toEqual([{ id: 4, state: null, note: "yes" }]);
  });
}

function testQueries(driver: DriverUnderTest): void {
  test("statements run in their order, and each that answers rows has its output", async () => {
    const { world, run, table } = await startTable(driver);
    await using _ = world;
    const { outputs } = await run("Queries", {
      sql: `INSERT INTO ${table} VALUES (1, 'a;b', ''); SELECT state FROM ${table}; -- ; \nDELETE FROM ${table} WHERE id > 0;\nSELECT * FROM ${table}; SELECT 5 AS five;`,
      fetchType: "FETCH",
    });
    expect(outputs).toEqual({
      outputs: [
        { rows: [{ state: "a;b" }], size: 1 },
        { rows: [], size: 0 },
        { rows: [{ five: 5 }], size: 1 },
      ],
    });
  });
}

/** What every driver with transactions does alike. */
export function testTransactions(driver: DriverUnderTest): void {
  test("what `afterSQL` is refused undoes the query", async () => {
    const { world, run, table, content } = await startTable(driver, THREE);
    await using _ = world;
    const outcome = await run("Query", {
      sql: `DELETE FROM ${table}`,
      afterSQL: `INSERT INTO ${table} VALUES (9, 'X', 'x'); INSERT INTO no_such_table VALUES (1)`,
    });
    expect(outcome.message).toMatch(/^`afterSQL`: The database refuses it: .*no_such_table/s);
    expect(await content()).toEqual(ALL);
  });

  test.each([
    [true, []],
    [false, [1]],
  ])("with a transaction %s, a failure leaves %j", async (transaction, ids) => {
    const { world, run, table, content } = await startTable(driver);
    await using _ = world;
    const insert = `INSERT INTO ${table} VALUES (1, 'a', 'b')`;
    const outcome = await run("Queries", { sql: `${insert}; ${insert}; SELECT 1`, transaction });
    expect(outcome).toMatchObject({
      state: "FAILED",
      message: expect.stringMatching(/^Statement 2 of 3: The database refuses it: /),
    });
    expect((await content()).map(({ id }) => id)).toEqual(ids);
  });
}

function testTrigger(driver: DriverUnderTest): void {
  test("a trigger fires for rows until they are marked", async () => {
    const { world, table } = await startTable(driver, THREE);
    await using _ = world;
    const trigger = triggerOf(`${driver.name}.Trigger`);
    const properties = {
      ...driver.place(),
      sql: `SELECT id FROM ${table} WHERE state = :state ORDER BY id`,
      parameters: { state: "NEW" },
      afterSQL: `UPDATE ${table} SET state = 'SEEN' WHERE state = :state`,
    };
    expect(await world.poll(trigger, properties)).toEqual({ variables: { rows: [{ id: 1 }, { id: 2 }], size: 2 } });
    expect(await world.poll(trigger, properties)).toBeUndefined();
  });

  test("a trigger that fetches nothing is refused", async () => {
    const { world } = await startTable(driver);
    await using _ = world;
    const properties = { ...driver.place(), sql: "SELECT 1", fetchType: "NONE" };
    await expect(world.poll(triggerOf(`${driver.name}.Trigger`), properties)).rejects.toThrow(
      "A trigger can't have `fetchType: NONE`",
    );
  });
}
