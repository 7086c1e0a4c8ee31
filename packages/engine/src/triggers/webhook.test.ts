import type { Input } from "@capstan/model";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isWebhookKey, webhookInputs, webhookVariables } from "./webhook.ts";

describe("the key of a webhook", () => {
  it.each([
    ["secretKey", "secretKey", true],
    ["  secretKey\n", "secretKey", true],
    ["secretKey", "secretkey", false],
    ["secretKey", "secretKeysecretKey", false],
    ["secretKey", "secret", false],
    ["", "", false],
    [" ", "", false],
    ["a", "", false],
    ["é", "é", true],
  ])("%j given as %j: %s", (key, given, expected) => {
    expect(isWebhookKey(key, given)).toBe(expected);
  });

  it("fits only itself", () => {
    const key = fc.string({ minLength: 1 }).filter((text) => text.trim() === text && text !== "");
    fc.assert(fc.property(key, fc.string(), (own, other) => isWebhookKey(own, other) === (own === other)));
    fc.assert(fc.property(key, (own) => isWebhookKey(own, own)));
  });
});

describe("the body of a webhook", () => {
  it.each([
    ['{"hello":"world"}', { hello: "world" }],
    [" [1, 2]", [1, 2]],
    ["plain", "plain"],
    ["12", "12"],
    ["true", "true"],
    ["{broken", "{broken"],
    ["", null],
    [undefined, null],
  ])("%j is %j", (body, expected) => {
    const request = { headers: { a: ["1"] }, parameters: { b: ["2", "3"] } };
    const variables = webhookVariables(body === undefined ? request : { ...request, body });
    expect(variables).toEqual({ body: expected, headers: { a: ["1"] }, parameters: { b: ["2", "3"] } });
  });
});

describe("inputs from a webhook", () => {
  const input = (id: string, type: Input["type"] = "STRING"): Input => ({
    id,
    type,
    writtenType: type,
    required: true,
  });

  it("come from fields of the body, then from the query, and never replace those that the trigger sets", () => {
    const variables = {
      body: { a: 1, c: "body", nested: { x: true } },
      headers: {},
      parameters: { b: ["2"], c: ["query"], list: ["1", "2"], other: ["x"] },
    };
    const inputs = [input("a"), input("b"), input("c"), input("nested.x"), input("list", "ARRAY"), input("missing")];
    expect(webhookInputs(inputs, { a: "set" }, variables)).toEqual({
      b: "2",
      c: "body",
      "nested.x": true,
      list: ["1", "2"],
    });
  });

  it("are none for a body of text", () => {
    expect(webhookInputs([input("a")], undefined, { body: "a", headers: {}, parameters: {} })).toEqual({});
  });
});
