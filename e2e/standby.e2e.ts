import { startPostgresCluster } from "@capstan/store/test-kit";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { callingOf } from "./calling.ts";
import { ask, executionsOf } from "./executions.ts";
import { hookFlow } from "./hook-flow.ts";
import { endedExecutions, everySecond, firedDates, playedTwice, unsuccessful } from "./outcomes.ts";
import { type ServerProcess, startServer, temporaryFolder, until, writeFlows } from "./server-process.ts";
import { tickFlow } from "./tick-flow.ts";

const NAMESPACE = "e2e";
const TIMEOUT_MS = 300_000;
const HOOK = `${NAMESPACE}/hook/the-key`;
const FLOWS = { hook: hookFlow(NAMESPACE), tick: tickFlow(NAMESPACE) };

/** A database, and what starts servers on it. No lease ends within a test. */
async function setup() {
  const cluster = await startPostgresCluster({ durable: true });
  onTestFinished(() => cluster.dispose());
  const folder = await temporaryFolder();
  const flows = await writeFlows(join(folder, "flows"), FLOWS);
  const environment = { CAPSTAN_CLUSTER_LEASE: "PT5M", CAPSTAN_LOGGING_LEVEL: "info" };
  return () => startServer({ data: join(folder, "data"), flows, folder, database: cluster.url, environment });
}

/** What the servers that are alive do, the one that leads first. */
async function states(server: ServerProcess): Promise<readonly string[]> {
  const response = await ask(server.url.replace("/main", "/cluster/members"));
  return response.ok ? ((await response.json()) as { readonly state: string }[]).map(({ state }) => state) : [];
}

async function expectAllWell(server: ServerProcess, taken: readonly string[]): Promise<void> {
  const ended = await endedExecutions(server.url, taken);
  expect(unsuccessful(ended)).toEqual([]);
  expect(ended.flatMap(playedTwice)).toEqual([]);
  const executions = await executionsOf(server.url, NAMESPACE, "hook");
  // What was not acknowledged may have been kept; nothing is there twice.
  expect(new Set(executions.map(({ id }) => id)).size).toBe(executions.length);
  const dates = firedDates(await executionsOf(server.url, NAMESPACE, "tick"));
  expect(dates).toEqual(everySecond(dates));
}

test("servers are replaced one by one under load, and no call fails", { timeout: TIMEOUT_MS }, async () => {
  const start = await setup();
  let leading = await start();
  const taken: string[] = [];
  for (let round = 0; round < 2; round += 1) {
    const next = await start();
    await until("it stands by", async () => ((await states(next)).includes("STANDBY") ? true : undefined));
    const calling = callingOf(next.url, HOOK);
    await calling.more(40);
    await leading.stop();
    await calling.more(40);
    const outcome = await calling.stop();
    expect(outcome.refused).toEqual([]);
    taken.push(...outcome.taken);
    expect(await states(next)).toEqual(["LEADING"]);
    leading = next;
  }
  await expectAllWell(leading, taken);
});

test(
  "a call that a server takes while it hands over is answered by its successor",
  { timeout: TIMEOUT_MS },
  async () => {
    const start = await setup();
    const leading = await start();
    const next = await start();
    const calling = callingOf(leading.url, HOOK);
    await calling.more(20);
    const stopped = leading.stop();
    await until("the other one leads", async () => ((await states(next))[0] === "LEADING" ? true : undefined));
    await stopped;
    const { taken, refused } = await calling.stop();
    expect(refused).toEqual([]);
    await expectAllWell(next, taken);
  },
);
