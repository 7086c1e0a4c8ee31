import { expect, test } from "vitest";
import { loadConfiguration } from "./configuration.ts";
import { retentionOf } from "./retention-settings.ts";
import { temporaryFiles } from "./testing/run-command.ts";

const DAY_MS = 86_400_000;

async function load(yaml: string, environment: Readonly<Record<string, string>> = {}) {
  const path = await temporaryFiles({ "c.yaml": yaml });
  return loadConfiguration(path("c.yaml"), environment).configuration.retention;
}

test("everything is kept by default, and where rules only say so", async () => {
  expect(retentionOf(await load("{}"))).toBeUndefined();
  expect(retentionOf(await load("retention: { rules: [{ namespace: a, executions: forever }] }"))).toBeUndefined();
});

test("times to keep and exceptions become a policy", async () => {
  const yaml = `retention:
  executions: P90D
  rules:
    - { namespace: audit, executions: forever, logs: P365D }
    - { tenant: other, flowId: f, states: [FAILED], executions: P1W }
`;
  expect(retentionOf(await load(yaml, { CAPSTAN_RETENTION_LOGS: "P30D" }))).toEqual({
    tenants: ["main", "other"],
    executionsMs: 90 * DAY_MS,
    logsMs: 30 * DAY_MS,
    rules: [
      { namespace: "audit", executionsMs: Infinity, logsMs: 365 * DAY_MS },
      { tenant: "other", flowId: "f", states: ["FAILED"], executionsMs: 7 * DAY_MS },
    ],
  });
});

test.each([
  ["executions: PT36H", "whole days from P1D to P36500D"],
  ["executions: P0D", "whole days from P1D"],
  ["executions: P36501D", "to P36500D"],
  ["logs: soon", "whole days"],
  ["rules: [{ namespace: a }]", "says how long"],
  ["rules: [{ flowId: f, logs: P1D }]", "a rule of its own"],
  ["rules: [{ states: [RUNNING], executions: P1D }]", "it must be one of SUCCESS"],
  ["rules: [{ nmespace: a, executions: P1D }]", "nmespace"],
])("a mistake is told with its line: %s", async (yaml, reason) => {
  const loading = load(`retention:\n  ${yaml}\n`);
  await expect(loading).rejects.toThrow(/c\.yaml:2:\d+/);
  await expect(loading).rejects.toThrow(reason);
});
