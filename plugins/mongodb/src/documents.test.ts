import { BSON } from "mongodb";
import { expect, test } from "vitest";
import { documentOf, documentsOf, toJson } from "./documents.ts";

const { Binary, Code, Decimal128, Double, Int32, Long, MaxKey, ObjectId, Timestamp, UUID } = BSON;
const ID = "60930c39a982931c20ef6cd6";
const UUID_TEXT = "61f0c404-5cb3-11e7-907b-a6006ad3dba0";

test.each<[string, unknown, unknown]>([
  ["an id", new ObjectId(ID), ID],
  ["a date", new Date("2024-03-01T10:00:00.5Z"), "2024-03-01T10:00:00.500Z"],
  ["a date that is none", new Date(Number.NaN), null],
  ["a long number", Long.fromString("9007199254740993"), "9007199254740993"],
  ["a short number of 64 bits", Long.fromNumber(7), 7],
  ["a decimal", Decimal128.fromString("12.50"), 12.5],
  ["a long decimal", Decimal128.fromString("0.12345678901234567"), "0.12345678901234567"],
  ["a decimal that is nothing", Decimal128.fromString("NaN"), "NaN"],
  ["a zero with an exponent", Decimal128.fromString("0E-10"), 0],
  ["32 bits", new Int32(5), 5],
  ["a double", new Double(1.5), 1.5],
  ["no number", Number.NaN, "NaN"],
  ["infinity", Number.NEGATIVE_INFINITY, "-Infinity"],
  ["bytes", new Binary(Buffer.from([0, 255])), "AP8="],
  ["a UUID", new UUID(UUID_TEXT).toBinary(), UUID_TEXT],
  ["a pattern", /a.b/i, "/a.b/i"],
  ["code", new Code("f()"), "f()"],
  ["the end of all keys", new MaxKey(), "MaxKey"],
  ["a point of the log", new Timestamp({ t: 1, i: 2 }), "4294967298"],
  ["null", null, null],
  ["lists and maps", { a: [new ObjectId(ID), { b: new Int32(1) }] }, { a: [ID, { b: 1 }] }],
])("%s becomes JSON", (_name, value, json) => {
  expect(toJson(value)).toEqual(json);
});

test.each([
  ["as a map", { _id: { $oid: ID }, at: { $date: "2024-03-01T10:00:00Z" }, n: 1, f: 1.5, $or: [{ a: null }] }],
  [
    "as a text",
    `{"_id": {"$oid": "${ID}"}, "at": {"$date": "2024-03-01T10:00:00Z"}, "n": 1, "f": 1.5, "$or": [{"a": null}]}`,
  ],
])("extended JSON is read, %s", async (_name, written) => {
  const document = await documentOf("filter", written);
  expect(document["_id"]).toBeInstanceOf(ObjectId);
  expect(document["at"]).toEqual(new Date("2024-03-01T10:00:00Z"));
  expect(document["n"]).toBeInstanceOf(Int32);
  expect(document["f"]).toBeInstanceOf(Double);
  expect(document["$or"]).toEqual([{ a: null }]);
});

test.each([
  [5, "`filter` is to be a map, or the text of one in JSON."],
  ["[1]", "`filter` is to be a map, or the text of one in JSON."],
  ["{", /^`filter` is a text that is no JSON: /],
  [{ _id: { $oid: "x" } }, /^`filter` has extended JSON that stands for nothing: /],
])("%j is no document", async (written, message) => {
  await expect(documentOf("filter", written)).rejects.toThrow(message);
});

test("a list of documents names the one that is wrong", async () => {
  await expect(documentsOf("pipeline", { $match: {} })).rejects.toThrow("`pipeline` is to be a list of maps.");
  await expect(documentsOf("pipeline", [{}, 5])).rejects.toThrow("`pipeline[1]` is to be a map");
  expect(await documentsOf("pipeline", '[{"$limit": 1}]')).toHaveLength(1);
});
