import { describe, test } from "vitest";
import { expectPrinted } from "../testing/rendering.ts";

const values = { n: null, blank: "  ", empty: [], none: {}, list: [1], map: { a: 1 }, text: "x" };

describe("tests behind is", () => {
  test.each([
    ["text is defined", "true"],
    ["n is defined", "false"],
    ["missing.deep is defined", "false"],
    ["missing is not defined", "true"],
    ["n is null", "true"],
    ["text is not null", "true"],
    ["n is empty", "true"],
    ["blank is empty", "true"],
    ["empty is empty", "true"],
    ["none is empty", "true"],
    ["list is empty", "false"],
    ["0 is empty", "false"],
    ["2 is even", "true"],
    ["-3 is odd", "true"],
    ["2 is odd", "false"],
    ["'2' is even", "Error: `is even` needs an integer"],
    ["list is iterable", "true"],
    ["text is iterable", "false"],
    ["map is map", "true"],
    ["list is map", "false"],
    ["'{\"a\":1}' is json", "true"],
    ["'12' is json", "true"],
    ["'{a' is json", "false"],
    ["map is json", "false"],
    ["text is unheardOf", "Error: Test [unheardOf] does not exist."],
  ])("%s → %s", (expression, printed) => expectPrinted(expression, printed, values));
});
