import { readdir, readFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startPostgresCluster } from "@capstan/store/test-kit";
import { expect, onTestFinished, test } from "vitest";
import { startFlow } from "./executions.ts";
import { untilSucceeded } from "./outcomes.ts";
import { startCapstan, startServer, temporaryFolder, until, writeFlows } from "./server-process.ts";

const NAMESPACE = "e2e";
const TOKEN = "token-of-the-gpu-workers";
const EXECUTIONS = 20;

const flowFor = (marks: string) => `
id: slow
namespace: ${NAMESPACE}
tasks:
  - id: first
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: { type: io.kestra.plugin.core.runner.Process }
    workerGroup: { key: gpu }
    outputFiles: [out.txt]
    commands:
      - echo ran >> "${marks}/{{ execution.id }}"
      - sleep 1
      - echo done > out.txt
`;

test("a worker goes on when the leader dies, by way of the server that stood by", async () => {
  const cluster = await startPostgresCluster({ durable: true });
  onTestFinished(() => cluster.dispose());
  const folder = await temporaryFolder();
  const marks = join(folder, "marks");
  await mkdir(marks);
  const flows = await writeFlows(join(folder, "flows"), { slow: flowFor(marks) });
  const config = join(folder, "capstan.yaml");
  await writeFile(config, `workers: { tokens: [{ name: gpus, token: ${TOKEN}, groups: [gpu] }] }\n`);
  const start = () => startServer({ data: join(folder, "data"), flows, folder, config, database: cluster.url });
  const leader = await start();
  const standby = await start();
  const environment = { CAPSTAN_WORKER_TOKEN: TOKEN, CAPSTAN_LOGGING_LEVEL: "info" };
  const server = new URL(standby.url).origin;
  const worker = startCapstan(["worker", "--server", server, "--concurrency", "8"], { folder, environment });
  await until("the worker is connected", () => (worker.log().includes("the worker is connected") ? true : undefined));
  const ids: string[] = [];
  for (let count = 0; count < EXECUTIONS; count += 1) ids.push((await startFlow(standby.url, NAMESPACE, "slow"))!.id);
  await until("some have begun", async () => ((await readdir(marks)).length >= 4 ? true : undefined));
  await leader.kill();
  await untilSucceeded(standby.url, ids);
  const names = await readdir(marks);
  const ran = await Promise.all(names.map((name) => readFile(join(marks, name), "utf8")));
  expect([names.length, ran.filter((text) => text !== "ran\n")]).toEqual([EXECUTIONS, []]);
});
