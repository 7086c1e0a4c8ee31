import type { FlowOutput } from "@capstan/model";
import { describe, expect, it } from "vitest";
import { coerceOutput } from "./coerce-output.ts";

const environment = { now: () => 0, random: () => 0.5, timeZone: "UTC" };

function output(type: FlowOutput["type"], itemType?: FlowOutput["type"]): FlowOutput {
  return { id: "o", type, value: "", required: true, ...(itemType === undefined ? {} : { itemType }) };
}

describe("a flow output", () => {
  it("takes its declared type", () => {
    expect(coerceOutput(output("INT"), "3", environment)).toEqual({ value: 3 });
    expect(coerceOutput(output("STRING"), 3, environment)).toEqual({ value: "3" });
    expect(coerceOutput(output("ARRAY", "INT"), "[1]", environment)).toEqual({ value: [1] });
    expect(coerceOutput(output("FILE"), "kestra:///a", environment)).toEqual({ value: "kestra:///a" });
  });

  it("stays null when it is null", () => {
    expect(coerceOutput(output("INT"), null, environment)).toEqual({ value: null });
  });

  it("names itself when it can't be coerced", () => {
    expect(coerceOutput(output("INT"), "x", environment)).toEqual({
      reason: "Invalid output `o`: Expected `INT` but received `x`",
    });
  });
});
