import { expect, onTestFinished, test } from "vitest";
import { assemble } from "./assemble.ts";
import { loadConfiguration } from "./configuration.ts";
import { openDataStore } from "./data-store.ts";
import { temporaryFiles } from "./testing/run-command.ts";

const FLOW = `id: asked
namespace: company.team
inputs:
  - { id: count, type: INT }
  - { id: name, type: STRING, defaults: world }
  - { id: password, type: SECRET }
  - { id: reason, type: STRING, dependsOn: { inputs: [count], condition: "{{ inputs.count > 5 }}" } }
checks:
  - { condition: "{{ inputs.count < 10 }}", message: too many, behavior: BLOCK_EXECUTION }
tasks:
  - { id: t, type: io.kestra.plugin.core.log.Log, message: hi }
`;

test("inputs are checked without a start: values, defaults, refusals, what is switched off, checks", async () => {
  const path = await temporaryFiles({});
  const environment = { CAPSTAN_DATA: path("data"), CAPSTAN_LOGGING_LEVEL: "silent" };
  const { runtime } = assemble(
    loadConfiguration(undefined, environment).configuration,
    {},
    openDataStore(path("data")),
  );
  await runtime.start();
  onTestFinished(() => runtime.stop());
  await runtime.flows.save("main", FLOW);
  const check = async (inputs: Record<string, string>) => {
    const flow = { tenant: "main", namespace: "company.team", flowId: "asked" };
    const checked = await runtime.executions.checkInputs({ ...flow, inputs });
    const shown = checked.inputs.map(({ input, value, enabled, isDefault, problems }) => [
      input.id,
      { value, enabled, isDefault, problems: problems.length },
    ]);
    return { ...Object.fromEntries(shown), checks: checked.failedChecks.map(({ message }) => message) };
  };
  expect(await check({ count: "3", password: "hunter2" })).toEqual({
    count: { value: 3, enabled: true, isDefault: false, problems: 0 },
    name: { value: "world", enabled: true, isDefault: true, problems: 0 },
    password: { value: "******", enabled: true, isDefault: false, problems: 0 },
    reason: { value: undefined, enabled: false, isDefault: false, problems: 0 },
    checks: [],
  });
  expect(await check({ count: "many", password: "x" })).toMatchObject({
    count: { value: undefined, enabled: true, problems: 1 },
    name: { value: "world", problems: 0 },
    checks: [],
  });
  expect(await check({ count: "12", password: "x", reason: "y" })).toMatchObject({ checks: ["too many"] });
  expect((await runtime.store.executions.search({ tenant: "main" }, { offset: 0, limit: 1 })).total).toBe(0);
});
