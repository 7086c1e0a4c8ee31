import { expect, test } from "vitest";
import { parseNotice } from "./protocol.ts";

const nothing = { outputs: {}, metrics: [], logs: [], problems: [] };

test.each(["plain text", "", "::{}", 'prefix ::{"outputs":{}}::', '::{"outputs":{}}:: suffix', "::[1]::"])(
  "leaves the line %j for the log",
  (line) => {
    expect(parseNotice(line)).toBeUndefined();
  },
);

test.each([
  { line: "::{}::", notice: {} },
  {
    line: '::{"outputs":{"rows":3,"name":"x","deep":{"a":[1,null]}}}::',
    notice: { outputs: { rows: 3, name: "x", deep: { a: [1, null] } } },
  },
  {
    line: '::{"metrics":[{"name":"rows","type":"counter","value":3,"tags":{"t":"a","n":1}}]}::',
    notice: { metrics: [{ name: "rows", type: "counter", value: 3, tags: { t: "a", n: "1" } }] },
  },
  {
    line: '::{"metrics":[{"name":"t","type":"timer","value":1.5},{"name":"u","type":"timer","value":"PT2M"}]}::',
    notice: {
      metrics: [
        { name: "t", type: "timer", value: 1_500 },
        { name: "u", type: "timer", value: 120_000 },
      ],
    },
  },
  {
    line: '::{"metrics":[{"name":"g","type":"gauge","value":-1}]}::',
    notice: { metrics: [{ name: "g", type: "gauge", value: -1 }] },
  },
  {
    line: '::{"logs":[{"level":"WARN","message":"careful"},{"level":"warning","message":"x"},{"message":"y"},{"level":"odd","message":"z"}]}::',
    notice: {
      logs: [
        { level: "WARN", message: "careful" },
        { level: "WARN", message: "x" },
        { level: "INFO", message: "y" },
        { level: "INFO", message: "z" },
      ],
    },
  },
])("reads $line", ({ line, notice }) => {
  expect(parseNotice(line)).toEqual({ ...nothing, ...notice });
});

test("what it can't understand becomes a problem, the rest is used", () => {
  const line =
    '::{"outputs":{"a":1},"metrics":[{"name":"x","type":"odd","value":1},{"type":"counter","value":1},{"name":"y","type":"counter","value":"1"}],"logs":[{"level":"INFO"}]}::';
  const notice = parseNotice(line)!;
  expect(notice.outputs).toEqual({ a: 1 });
  expect(notice.metrics).toEqual([]);
  expect(notice.problems).toHaveLength(4);
});

test("bad JSON is a problem that shows the line", () => {
  expect(parseNotice("::{bad}::")?.problems[0]).toContain("::{bad}::");
});
