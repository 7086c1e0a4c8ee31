import { expect, test } from "vitest";
import { z } from "zod";
import { sampleOf } from "./sample-value.ts";

test("every property has a value that its schema takes", () => {
  const schema = z.object({
    text: z.string(),
    mode: z.enum(["FIRST", "SECOND"]),
    literal: z.literal("only"),
    count: z.int(),
    share: z.number(),
    flag: z.boolean(),
    at: z.iso.datetime(),
    link: z.url(),
    rows: z.array(z.object({ id: z.int(), name: z.string().optional() })),
    either: z.union([z.null(), z.int()]),
    nothing: z.null(),
    map: z.record(z.string(), z.string()),
    anything: z.unknown(),
    left: z.string().optional(),
    standard: z.int().default(7),
  });
  const value = sampleOf(schema);
  expect(schema.parse(value)).toEqual(value);
  expect(value).toMatchObject({ mode: "FIRST", rows: [{ id: 1, name: "sample" }], either: 1, map: {}, left: "sample" });
});
