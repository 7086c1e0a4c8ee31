import { startPostgresCluster } from "@capstan/store/test-kit";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { callWebhook, executionsOf } from "./executions.ts";
import { hookFlow } from "./hook-flow.ts";
import { endedExecutions, everySecond, firedDates, playedTwice, unsuccessful } from "./outcomes.ts";
import { startServer, temporaryFolder, until, writeFlows } from "./server-process.ts";
import { tickFlow } from "./tick-flow.ts";

const NAMESPACE = "e2e";
const ROUNDS = 3;
const CALLS_PER_ROUND = 30;
const TIMEOUT_MS = 300_000;

const FLOWS = { hook: hookFlow(NAMESPACE), tick: tickFlow(NAMESPACE) };

async function calls(api: string): Promise<readonly string[]> {
  const made = await Promise.all(
    Array.from({ length: CALLS_PER_ROUND }, () => callWebhook(api, `${NAMESPACE}/hook/the-key`)),
  );
  return made.flatMap((execution) => (execution === undefined ? [] : [execution.id]));
}

test(
  "on PostgreSQL, what was acknowledged goes on after the process was killed, and after the database was",
  { timeout: TIMEOUT_MS },
  async () => {
    const cluster = await startPostgresCluster({ durable: true });
    onTestFinished(() => cluster.dispose());
    const folder = await temporaryFolder();
    const flows = await writeFlows(join(folder, "flows"), FLOWS);
    const place = { data: join(folder, "data"), flows, folder, database: cluster.url };
    const taken: string[] = [];

    for (let round = 0; round < ROUNDS; round += 1) {
      const server = await startServer(place);
      taken.push(...(await calls(server.url)));
      await server.kill();
    }
    const server = await startServer(place);
    taken.push(...(await calls(server.url)));
    await cluster.crash();
    await cluster.start();
    const later = await until("the server takes work again", async () => {
      const execution = await callWebhook(server.url, `${NAMESPACE}/hook/the-key`);
      return execution?.id;
    });
    const ended = await endedExecutions(server.url, [...taken, later]);
    expect(unsuccessful(ended)).toEqual([]);
    expect(ended.flatMap(playedTwice)).toEqual([]);
    const dates = firedDates(await executionsOf(server.url, NAMESPACE, "tick"));
    expect(dates).toEqual(everySecond(dates));
    await server.stop();
  },
);

test("a server on PostgreSQL says what is wrong with its database", { timeout: TIMEOUT_MS }, async () => {
  const folder = await temporaryFolder();
  const flows = await writeFlows(join(folder, "flows"), {});
  const place = { data: join(folder, "data"), flows, folder };
  const database = `postgres://ada:hidden-word@localhost:1/none?host=${encodeURIComponent(folder)}`;
  const environment = { CAPSTAN_DATABASE_START_TIMEOUT: "PT1S" };
  const failure = await startServer({ ...place, database, environment }).catch((error: unknown) => String(error));
  expect(failure).toContain("store-unreachable");
  expect(failure).toContain(`${folder}:1/none`);
  expect(failure).not.toContain("hidden-word");
});
