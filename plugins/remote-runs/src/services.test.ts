import { workerStop } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { describe, expect, test } from "vitest";
import { airbyte, airbyteCloud, databricks, dbtCloud, fivetran, hightouch } from "./testing/data-movers.ts";
import { argoWorkflows, windmill } from "./testing/clusters.ts";
import { reply, startService } from "./testing/fake-service.ts";
import { routesOf, type Scenario } from "./testing/scenario.ts";
import { airflow, argocd, dagster, jenkins, prefect } from "./testing/schedulers.ts";

const SCENARIOS = [
  airbyte,
  airbyteCloud,
  fivetran,
  hightouch,
  dbtCloud,
  databricks,
  jenkins,
  airflow,
  prefect,
  dagster,
  argocd,
  argoWorkflows,
  windmill,
];

const QUICK = { pollFrequency: "PT0S" };
const waiting = ({ started, task }: Scenario) => ({
  ...(started !== undefined && { wait: true }),
  ...("pollFrequency" in task.properties.shape && QUICK),
});

describe.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))("%s", (_name, scenario) => {
  const { task, properties, authorization, going, ended, failed } = scenario;

  test("a run is started once and waited for, and each state is told once", async () => {
    await using service = await startService(authorization, routesOf(scenario, going, going, ended));
    await using world = createTestWorld();
    const outcome = await world.run(task, { ...properties(service.url), ...waiting(scenario) });
    expect(outcome).toEqual({ state: "SUCCESS", outputs: scenario.outputs, message: undefined });
    const start = Object.keys(scenario.start).find((route) => route.startsWith("POST"));
    if (start !== scenario.look[0]) expect(service.asked.filter((route) => route === start)).toHaveLength(1);
    const told = world.logs.map(({ message }) => message).filter((message) => message.startsWith(scenario.name));
    expect(new Set(told).size).toBe(told.length);
    expect(world.logs.filter(({ level }) => level === "WARN")).toEqual([]);
  });

  test("a run that fails fails the task, with what the service says and with what is known of the run", async () => {
    await using service = await startService(authorization, routesOf(scenario, going, failed));
    await using world = createTestWorld();
    const outcome = await world.run(task, { ...properties(service.url), ...waiting(scenario) });
    expect(outcome).toMatchObject({ state: "FAILED", message: scenario.reason });
    for (const name of Object.keys(scenario.started ?? {})) expect(Object.keys(outcome.outputs!)).toContain(name);
  });

  test.runIf(scenario.started)("without waiting nothing is looked at", async () => {
    await using service = await startService(authorization, routesOf(scenario, reply(500)));
    await using world = createTestWorld();
    const outcome = await world.run(task, { ...properties(service.url), wait: false });
    expect(outcome).toEqual({ state: "SUCCESS", outputs: scenario.started, message: undefined });
  });

  test("a kill ends the task at once, and the run where the service can", async () => {
    const kill = new AbortController();
    const killed = () => {
      kill.abort(new Error("the task was killed"));
      return going;
    };
    await using service = await startService(authorization, routesOf(scenario, going, killed, scenario.cancelled));
    await using world = createTestWorld({ signal: kill.signal });
    const outcome = await world.run(task, {
      ...properties(service.url),
      ...waiting(scenario),
      pollFrequency: "PT0.1S",
    });
    expect(outcome).toEqual({ state: "FAILED", outputs: undefined, message: "the task was killed" });
    const { cancel, cancelled } = scenario;
    if (cancel !== undefined) expect(service.asked.at(-1)).toBe(cancel[0]);
    const isCancelled = cancel !== undefined || cancelled !== undefined;
    expect(world.logs.at(-1)!.message).toMatch(isCancelled ? / is cancelled\.$/ : / goes on\.$/);
  });

  test("when the worker stops, the run is left alone if the task that is given out again comes back to it", async () => {
    const stop = new AbortController();
    const stopped = () => {
      stop.abort(workerStop());
      return going;
    };
    await using service = await startService(authorization, routesOf(scenario, going, stopped, scenario.cancelled));
    await using world = createTestWorld({ signal: stop.signal });
    const limits = { ...waiting(scenario), pollFrequency: "PT0.1S" };
    const { message } = await world.run(task, { ...properties(service.url), ...limits });
    expect(message).toBe("the worker stops");
    const isCancelled = !scenario.findsAgain && (scenario.cancel !== undefined || scenario.cancelled !== undefined);
    expect(service.asked.at(-1) === scenario.cancel?.[0]).toBe(isCancelled && scenario.cancel !== undefined);
    expect(world.logs.at(-1)!.message).toMatch(
      isCancelled ? / is cancelled\.$/ : scenario.findsAgain ? / goes on: this task comes back to it/ : / goes on\.$/,
    );
  });

  test.runIf(scenario.isLimited)(
    "a run that goes on for longer than it may fails the task and is left alone",
    async () => {
      await using service = await startService(authorization, routesOf(scenario, going));
      await using world = createTestWorld();
      const limits = { ...waiting(scenario), maxDuration: "PT0.3S" };
      const outcome = await world.run(task, { ...properties(service.url), ...limits });
      expect(outcome.message).toMatch(/ is still \w+ after PT0\.3S \(`maxDuration`\), and goes on\./);
      expect(service.asked).not.toContain(scenario.cancel?.[0] ?? "nothing");
    },
  );

  test("other credentials are refused with what to do, and never shown", async () => {
    await using service = await startService("Bearer another", routesOf(scenario, ended));
    await using world = createTestWorld();
    const outcome = await world.run(task, { ...properties(service.url), ...waiting(scenario) });
    expect(outcome.message).toMatch(/ failed with status 401 and the body: not the credentials of the test/);
    expect(JSON.stringify([outcome, world.logs])).not.toContain(scenario.secret);
  });
});
