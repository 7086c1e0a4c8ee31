import { describe, expect, test } from "vitest";
import { BATCH_SIZE_MAX, PRIORITY_MAX, QUOTA_LIMIT_MAX } from "../schemas/flow-control.ts";
import { accepted, findings, flowWith, theOnly } from "../testing/diagnose.ts";

describe("limits of how many run at once", () => {
  test("are one map, as in Kestra, or a list of them", () => {
    expect(accepted(flowWith("concurrency: {limit: 2}")).concurrency).toEqual([{ limit: 2, behavior: "QUEUE" }]);
    const several = `concurrency:
  - {limit: 1, key: "{{ inputs.a }}", behavior: REPLACE}
  - {limit: 5, behavior: FAIL}
inputs: [{id: a, type: STRING}]`;
    expect(accepted(flowWith(several)).concurrency).toEqual([
      { limit: 1, key: "{{ inputs.a }}", behavior: "REPLACE" },
      { limit: 5, behavior: "FAIL" },
    ]);
  });

  test("of a list count different executions", () => {
    const { message, range } = theOnly("duplicate-limit", flowWith("concurrency: [{limit: 1}, {limit: 2}]"));
    expect([message, range.start.column]).toEqual([
      "`concurrency[1]` counts the same executions as another one of the list",
      27,
    ]);
  });
});

describe("quotas", () => {
  test("have a window, a limit, and what happens then", () => {
    const source = flowWith(`quotas:
  - {duration: PT1H, limit: 10, behavior: FAIL}
  - {duration: P1D, limit: ${QUOTA_LIMIT_MAX}}
  - {duration: PT1H, limit: 1, behavior: CANCEL, key: "{{ labels.team }}"}`);
    expect(accepted(source).quotas).toEqual([
      { durationMs: 3_600_000, limit: 10, behavior: "FAIL" },
      { durationMs: 86_400_000, limit: QUOTA_LIMIT_MAX, behavior: "QUEUE" },
      { durationMs: 3_600_000, limit: 1, behavior: "CANCEL", key: "{{ labels.team }}" },
    ]);
  });

  test.each([
    [
      "two windows of one length",
      "quotas: [{duration: PT1H, limit: 1}, {duration: PT60M, limit: 2}]",
      "3:38 duplicate-limit",
    ],
    ["a window that is too short", "quotas: [{duration: PT0.9S, limit: 1}]", "3:21 invalid-value"],
    ["a window that is too long", "quotas: [{duration: P367D, limit: 1}]", "3:21 invalid-value"],
    ["a window that is no duration", "quotas: [{duration: 1 hour, limit: 1}]", "3:21 invalid-value"],
    ["a window that is an expression", 'quotas: [{duration: "{{ x }}", limit: 1}]', "3:21 invalid-value"],
    ["no executions at all", "quotas: [{duration: PT1H, limit: 0}]", "3:34 invalid-value"],
    ["more than can be counted", `quotas: [{duration: PT1H, limit: ${QUOTA_LIMIT_MAX + 1}}]`, "3:34 invalid-value"],
    ["no limit", "quotas: [{duration: PT1H}]", "3:11 missing-property"],
    ["another behavior", "quotas: [{duration: PT1H, limit: 1, behavior: REPLACE}]", "3:47 invalid-value"],
    ["a map", "quotas: {duration: PT1H, limit: 1}", "3:9 wrong-type"],
  ])("%s is refused", (_what, sections, finding) => {
    expect(findings(flowWith(sections))).toContain(`${finding} error`);
  });

  test("are as short and as long as they may be", () => {
    const source = flowWith("quotas: [{duration: PT1S, limit: 1}, {duration: P366D, limit: 1}]");
    expect(accepted(source).quotas.map(({ durationMs }) => durationMs)).toEqual([1_000, 366 * 86_400_000]);
  });
});

describe("a debounce", () => {
  test("has a period, and may have an end", () => {
    const source = flowWith("debounce: {period: PT0.001S, maxWait: P366D}");
    expect(accepted(source).debounce).toEqual({ periodMs: 1, maxWaitMs: 366 * 86_400_000 });
    expect(accepted(flowWith("debounce: {period: PT5S}")).debounce).toEqual({ periodMs: 5_000 });
  });

  test.each([
    ["debounce: 5s", "3:11 wrong-type"],
    ["debounce: {maxWait: PT1M}", "3:12 missing-property"],
    ["debounce: {period: PT0S}", "3:20 invalid-value"],
    ["debounce: {period: PT2M, maxWait: PT1M}", "3:35 invalid-value"],
  ])("%s is refused", (sections, finding) => {
    expect(findings(flowWith(sections))).toContain(`${finding} error`);
  });
});

describe("a batch", () => {
  test("has a size, a timeout, and perhaps a key", () => {
    const source = flowWith(
      `batch: {maxSize: ${BATCH_SIZE_MAX}, timeout: P366D, key: "{{ inputs.a }}"}\ninputs: [{id: a, type: STRING}]`,
    );
    const batch = { maxSize: BATCH_SIZE_MAX, timeoutMs: 366 * 86_400_000, key: "{{ inputs.a }}" };
    expect(accepted(source).batch).toEqual(batch);
    expect(accepted(flowWith("batch: {maxSize: 1, timeout: PT0.001S}")).batch).toEqual({ maxSize: 1, timeoutMs: 1 });
  });

  test.each([
    ["batch: 100", "3:8 wrong-type"],
    ["batch: {maxSize: 100}", "3:9 missing-property"],
    ["batch: {timeout: PT1M}", "3:9 missing-property"],
    ["batch: {maxSize: 0, timeout: PT1M}", "3:18 invalid-value"],
    [`batch: {maxSize: ${BATCH_SIZE_MAX + 1}, timeout: PT1M}`, "3:18 invalid-value"],
    ["batch: {maxSize: 1, timeout: P367D}", "3:30 invalid-value"],
    ["batch: {maxSize: 2, timeout: PT1M}\ndebounce: {period: PT1M}", "3:1 batch-and-debounce"],
  ])("%s is refused", (sections, finding) => {
    expect(findings(flowWith(sections))).toContain(`${finding} error`);
  });
});

test.each([
  [`${PRIORITY_MAX}`, `${PRIORITY_MAX}`],
  [`-${PRIORITY_MAX}`, `-${PRIORITY_MAX}`],
  ['"7"', "7"],
  ['"{{ inputs.rank }}"', "{{ inputs.rank }}"],
])("a priority %s is read", (written, priority) => {
  expect(accepted(flowWith(`priority: ${written}\ninputs: [{id: rank, type: INT}]`)).priority).toBe(priority);
});

test.each([`${PRIORITY_MAX + 1}`, `-${PRIORITY_MAX + 1}`, "1.5", "high"])("a priority %s is refused", (written) => {
  expect(findings(flowWith(`priority: ${written}`))[0]).toMatch(/^3:11 (?:invalid-value|wrong-type) error$/);
});

test.each([
  ['concurrency: {limit: 1, key: "{{ inputs.absent }}"}', "unknown-input"],
  ['quotas: [{duration: PT1M, limit: 1, key: "{{ outputs.log.value }}"}]', "outputs-not-yet"],
  ['debounce: {period: PT1M, key: "{{ taskrun.id }}"}', "variable-not-here"],
  ['batch: {maxSize: 2, timeout: PT1M, key: "{{ batch.size }}"}', "variable-not-here"],
  ['priority: "{{ inputs.absent }}"', "unknown-input"],
])("what %s reads is checked", (sections, code) => {
  expect(findings(flowWith(sections)).map((finding) => finding.split(" ")[1])).toEqual([code]);
});

test("keys see inputs, labels, the trigger and the flow", () => {
  const key =
    "\"{{ inputs.a }}{{ labels.team }}{{ trigger.uri ?? '' }}{{ flow.namespace }}{{ execution.id }}{{ vars.v }}\"";
  const source = flowWith(`inputs: [{id: a, type: STRING}]\nvariables: {v: 1}\nconcurrency: {limit: 1, key: ${key}}`);
  expect(findings(source)).toEqual([]);
});
