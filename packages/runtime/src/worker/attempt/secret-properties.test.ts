import { dynamic, secret, text } from "@capstan/sdk";
import { expect, test } from "vitest";
import { z } from "zod";
import { eachSecret } from "./secret-properties.ts";

const schema = z.object({
  user: text(),
  password: secret().optional(),
  login: z.object({ token: secret(), name: text() }).optional(),
  keys: z.array(secret()).optional(),
  headers: dynamic(z.record(z.string(), secret())).optional(),
});

test("finds secret texts at every depth, and nothing else", () => {
  const found: string[] = [];
  const value = {
    user: "me",
    password: "p1",
    login: { token: "p2", name: "n" },
    keys: ["p3", "p4"],
    headers: { a: "p5" },
  };
  eachSecret(schema, value, (one) => found.push(one));
  expect(new Set(found)).toEqual(new Set(["p1", "p2", "p3", "p4", "p5"]));
});

test("missing values are no secrets", () => {
  const found: string[] = [];
  eachSecret(schema, { user: "me" }, (one) => found.push(one));
  expect(found).toEqual([]);
});
