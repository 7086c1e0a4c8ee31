import { expect, test } from "vitest";
import { expositionOf, type Metric } from "./exposition.ts";

test("metrics are lines, with labels that may hold anything", () => {
  const metrics: Metric[] = [
    { name: "a:b_1", value: " 12.50 " },
    { name: "a", value: "-1e-7", labels: {} },
    { name: "a", value: "+Inf", labels: { path: 'C:\\"x"\nä', _2: "" } },
  ];
  expect(expositionOf(metrics)).toBe('a:b_1 12.50\na -1e-7\na{path="C:\\\\\\"x\\"\\nä",_2=""} +Inf\n');
  expect(expositionOf([])).toBe("");
});

test.each([
  [{ name: "a\nb 1", value: "1" }, '`metrics[1].name` is "a\nb 1", but the name of a metric has letters'],
  [{ name: "9a", value: "1" }, '`metrics[1].name` is "9a"'],
  [{ name: "", value: "1" }, '`metrics[1].name` is ""'],
  [{ name: "a", value: "1 2" }, '`metrics[1].value` of a is "1 2", which is no number. Give one such as 12.5 or NaN.'],
  [{ name: "a", value: "" }, '`metrics[1].value` of a is ""'],
  [{ name: "a", value: "1\nb 2" }, "`metrics[1].value` of a is"],
  [{ name: "a", value: "1", labels: { "x-y": "" } }, '`metrics[1].labels` of a has "x-y", but the name of a label'],
])("%j is refused", (metric: Metric, message) => {
  expect(() => expositionOf([{ name: "fine", value: "1" }, metric])).toThrow(message);
});
