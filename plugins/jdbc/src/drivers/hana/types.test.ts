import type { JsonMap } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, onTestFinished, test } from "vitest";
import { startHana } from "../../testing/hana/server.ts";
import { ALL_NULLS, ALL_TYPES, ANSWERS, LONG_VALUES, NULLS, SHOWN } from "../../testing/hana/values.ts";
import { taskOf } from "../../testing/task-of.ts";
import { TYPE } from "./type-codes.ts";
import { parameterOf, plainDigits } from "./values.ts";

async function rowOf(sql: string, properties: JsonMap = {}) {
  const server = await startHana({ scripted: ANSWERS ?? {} }, LONG_VALUES);
  onTestFinished(() => server[Symbol.asyncDispose]());
  await using world = createTestWorld();
  const task = { ...server.place, sql, fetchType: "FETCH_ONE", ...properties };
  const { outputs, message } = await world.run(taskOf("hana.Query"), task);
  expect(message).toBeUndefined();
  return outputs!["row"];
}

test("values of all types are read, the long ones in parts", async () => {
  expect(await rowOf(ALL_TYPES)).toEqual(SHOWN);
});

test("nulls of all types are read", async () => {
  expect(await rowOf(ALL_NULLS)).toEqual(NULLS);
});

test("values are sent in the types that the server wants", async () => {
  const sql =
    "SELECT CAST(:i AS INTEGER) AS i, CAST(:b AS BIGINT) AS b, CAST(:d AS DECIMAL(38, 10)) AS d, CAST(:f AS DOUBLE) AS f, CAST(:yes AS BOOLEAN) AS yes, CAST(:t AS VARCHAR) AS t, CAST(:x AS BLOB) AS x, CAST(:none AS INTEGER) AS none";
  const parameters = {
    i: -7,
    b: "9007199254740993",
    d: "12345678901234567890.1234567890",
    f: 0.1,
    yes: true,
    t: { a: [1] },
    x: "AP8Q",
    none: null,
  };
  expect(await rowOf(sql, { parameters })).toEqual({ ...parameters, t: '{"a":[1]}' });
});

const DAY = "2024-03-01";
test.each([
  [TYPE.int, 5, 5],
  [TYPE.int, "5", 5],
  [TYPE.tinyint, true, 1],
  [TYPE.bigint, "9007199254740993", "9007199254740993"],
  [TYPE.double, "0.5", 0.5],
  [TYPE.decimal, "0.10000000000000000001", "0.10000000000000000001"],
  [TYPE.decimal, false, 0],
  [TYPE.boolean, true, true],
  [TYPE.varbinary, "AP8Q", Buffer.from([0, 255, 16])],
  [TYPE.blob, "AP8Q", Buffer.from([0, 255, 16])],
  [TYPE.nclob, "ä", Buffer.from("ä")],
  [TYPE.longdate, `${DAY}T10:00:00.5+02:00`, `${DAY}T08:00:00.500000`],
  [TYPE.longdate, `${DAY} 10:00:00.1234567`, `${DAY} 10:00:00.1234567`],
  [TYPE.timestamp, DAY, `${DAY}T00:00:00`],
  [TYPE.daydate, DAY, DAY],
  [TYPE.secondtime, "10:00:00", "10:00:00"],
  [11, 7, "7"],
  [11, [1, "a"], '[1,"a"]'],
  [TYPE.int, null, null],
])("for the type %d, %j becomes %j", (dataType, value, sent) => {
  expect(parameterOf(value, { dataType })).toEqual(sent);
});

test.each([1.5, "x", "1e3", {}])("%j is no whole number", (value) => {
  expect(() => parameterOf(value, { dataType: TYPE.int })).toThrow(
    /^A parameter is ".*", and the statement takes a whole number there\./,
  );
});

test.each([
  ["1.5e+0", "1.5"],
  ["1.5e+3", "1500"],
  ["1e+2", "100"],
  ["100e+2", "100"],
  ["-1.25e-4", "-0.000125"],
  ["9.99e+1", "99.9"],
  ["0e+0", "0"],
  ["0e-6", "0.000000"],
  ["12.50", "12.50"],
])("the number %s is %s", (text, plain) => {
  expect(plainDigits(text)).toBe(plain);
});
