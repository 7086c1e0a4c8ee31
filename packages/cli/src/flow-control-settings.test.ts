import { expect, test } from "vitest";
import { loadConfiguration } from "./configuration.ts";
import { flowControlOf } from "./flow-control-settings.ts";
import { temporaryFiles } from "./testing/run-command.ts";

async function load(yaml: string) {
  const path = await temporaryFiles({ "c.yaml": yaml });
  return loadConfiguration(path("c.yaml"), {}).configuration.flowControl;
}

test("nothing is limited by default", async () => {
  expect(flowControlOf(await load("{}"))).toBeUndefined();
});

test("limits become a policy", async () => {
  const yaml = `flowControl:
  concurrency:
    - { namespace: company.sales, limit: 20 }
    - { tenant: main, limit: 100, behavior: CANCEL, key: "{{ labels.team }}" }
  quotas:
    - { namespace: company, duration: PT1H, limit: 1000, behavior: FAIL }
  tasks:
    - { type: core.http, limit: 5 }
`;
  expect(flowControlOf(await load(yaml))).toEqual({
    concurrency: [
      { namespace: "company.sales", limit: 20, behavior: "QUEUE" },
      { tenant: "main", limit: 100, behavior: "CANCEL", key: "{{ labels.team }}" },
    ],
    quotas: [{ namespace: "company", durationMs: 3_600_000, limit: 1_000, behavior: "FAIL" }],
    tasks: [{ type: "core.http", limit: 5 }],
  });
});

test.each([
  ["concurrency: [{ limit: 0 }]", "a whole number from 1 to 1000000"],
  ["concurrency: [{ limit: 1000001 }]", "a whole number from 1 to 1000000"],
  ["concurrency: [{ limit: 1, behavior: SKIP }]", "it must be one of QUEUE, CANCEL, FAIL, REPLACE"],
  ['concurrency: [{ limit: 1, key: "{{ inputs. }}" }]', "the key is no expression"],
  ["concurrency: [{ limit: 1 }, { limit: 2 }]", "counts the same as another"],
  ["concurrency: [{ limits: 1 }]", "limits"],
  ["quotas: [{ duration: PT0.5S, limit: 1 }]", "from PT1S to P366D"],
  ["quotas: [{ duration: PT1H, limit: 1 }, { duration: PT60M, limit: 2 }]", "counts the same as another"],
  ["quotas: [{ duration: PT1H, limit: 1, behavior: REPLACE }]", "it must be one of QUEUE, CANCEL, FAIL"],
  ["tasks: [{ limit: 1 }]", "it must be a text"],
])("a mistake is told with its line: %s", async (yaml, reason) => {
  const loading = load(`flowControl:\n  ${yaml}\n`);
  await expect(loading).rejects.toThrow(/c\.yaml:2:\d+/);
  await expect(loading).rejects.toThrow(reason);
});
