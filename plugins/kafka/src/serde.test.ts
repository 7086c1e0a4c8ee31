import { describe, expect, test } from "vitest";
import { checkSerdes, readValue, type Serde, written } from "./serde.ts";

const uuid = "0f8fad5b-d9cb-469f-a165-70867728950e";

describe("keys and values", () => {
  test.each<[Serde, unknown, string, unknown]>([
    ["STRING", "ä", "c3a4", "ä"],
    ["STRING", { a: 1 }, "7b2261223a317d", '{"a":1}'],
    ["JSON", { a: [1, null] }, "7b2261223a5b312c6e756c6c5d7d", { a: [1, null] }],
    ["JSON", "a", "226122", "a"],
    ["SHORT", -32_768, "8000", -32_768],
    ["INTEGER", "2147483647", "7fffffff", 2_147_483_647],
    ["LONG", "9223372036854775807", "7fffffffffffffff", "9223372036854775807"],
    ["LONG", -5, "fffffffffffffffb", -5],
    ["FLOAT", 0.5, "3f000000", 0.5],
    ["DOUBLE", "-2", "c000000000000000", -2],
    ["UUID", uuid.toUpperCase(), Buffer.from(uuid).toString("hex"), uuid],
    ["BYTES", "w6Q=", "c3a4", "w6Q="],
    ["BYTE_ARRAY", "w6Q=", "c3a4", "w6Q="],
    ["BYTE_BUFFER", "", "", ""],
  ])("as %s: %j is %s, which is read as %j", (kind, given, hex, value) => {
    const bytes = written(given, kind, "value")!;
    expect(bytes.toString("hex")).toBe(hex);
    expect(readValue(bytes, kind)).toEqual(value);
  });

  test.each<Serde>(["STRING", "JSON", "LONG", "VOID"])("as %s may be nothing", (kind) => {
    expect(written(null, kind, "value")).toBeUndefined();
    expect(readValue(null, kind)).toBeNull();
  });

  test.each<[Serde, unknown, string]>([
    ["SHORT", 32_768, "out of range"],
    ["INTEGER", 1.5, "it is no whole number"],
    ["INTEGER", "", "it is no whole number"],
    ["LONG", "9223372036854775808", "out of range"],
    ["LONG", "many", "it is no whole number"],
    ["DOUBLE", "many", "it is no number"],
    ["UUID", "1", "it is no UUID"],
    ["BYTES", "no base64", "it is no Base64"],
    ["VOID", 1, "VOID holds nothing"],
  ])("can't be written as %s: %j", (kind, given, reason) => {
    expect(() => written(given, kind, "key")).toThrow(`A key can't be written as ${kind}:`);
    expect(() => written(given, kind, "key")).toThrow(reason);
  });

  test.each<[Serde, string, string]>([
    ["SHORT", "00", "it has 1 bytes, and not 2"],
    ["LONG", "00000000", "it has 4 bytes, and not 8"],
    ["UUID", "00", "it is no UUID"],
    ["VOID", "00", "it is not empty"],
    ["JSON", "7b", "JSON"],
  ])("can't be read as %s from %s", (kind, hex, reason) => {
    expect(() => readValue(Buffer.from(hex, "hex"), kind)).toThrow(reason);
  });

  test.each<Serde>(["AVRO", "PROTOBUF"])("can't be %s, which is said before anything connects", (kind) => {
    expect(() => checkSerdes("STRING", kind)).toThrow(`${kind} needs a schema registry, which is not supported yet.`);
  });
});
