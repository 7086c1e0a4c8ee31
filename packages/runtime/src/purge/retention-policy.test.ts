import { expect, test } from "vitest";
import { endOfDays, expiredLogs, expiryOf, type RetentionPolicy } from "./retention-policy.ts";

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 26, 15);
const day = (number: number): number => Date.UTC(2026, 10, number);

const POLICY: RetentionPolicy = {
  tenants: ["main"],
  executionsMs: 10 * DAY_MS,
  logsMs: 3 * DAY_MS,
  rules: [
    { namespace: "audit", executionsMs: Infinity, logsMs: Infinity },
    { namespace: "company", states: ["FAILED"], executionsMs: 20 * DAY_MS },
    { namespace: "company", logsMs: DAY_MS },
    { tenant: "other", namespace: "x", logsMs: DAY_MS },
  ],
};

test("executions expire with their day, by the first rule about them", () => {
  expect(expiryOf(POLICY, endOfDays(NOW))).toEqual([
    { namespacePrefix: "audit" },
    { namespacePrefix: "company", states: ["FAILED"], endBefore: day(6) },
    { endBefore: day(16) },
  ]);
  expect(expiryOf({ ...POLICY, rules: [] }, endOfDays(NOW, 2 * DAY_MS))).toEqual([{ endBefore: day(14) }]);
});

test("nothing expires that is kept for ever", () => {
  const forever = { ...POLICY, executionsMs: Infinity, logsMs: Infinity, rules: [] };
  expect(expiryOf(forever, endOfDays(NOW))).toEqual([{}]);
  expect(expiredLogs(forever, "main", endOfDays(NOW))).toEqual([]);
});

test("lines expire by the first rule about their namespace", () => {
  const without = (...values: string[]) => ({
    texts: [{ field: "namespace", operator: "WITHIN", values, negated: true }],
  });
  expect(expiredLogs(POLICY, "main", endOfDays(NOW))).toEqual([
    { tenant: "main", before: day(25), namespacePrefix: "company", ...without("audit") },
    { tenant: "main", before: day(23), ...without("audit", "company") },
  ]);
  const unset = { tenants: ["main"], executionsMs: 10 * DAY_MS, rules: [] };
  expect(expiredLogs(unset, "main", endOfDays(NOW))).toEqual([{ tenant: "main", before: day(16), executionId: "" }]);
  const all = { ...POLICY, rules: [{ logsMs: DAY_MS }] };
  expect(expiredLogs(all, "main", endOfDays(NOW))).toEqual([{ tenant: "main", before: day(25) }]);
});
