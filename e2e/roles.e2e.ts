import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { startPostgresCluster } from "@capstan/store/test-kit";
import { expect, onTestFinished, test } from "vitest";
import { ask, startFlow } from "./executions.ts";
import { untilSucceeded } from "./outcomes.ts";
import { type ServerProcess, startServer, temporaryFolder, until, writeFlows } from "./server-process.ts";

const NAMESPACE = "e2e";
const EXECUTIONS = 24;
const TIMEOUT_MS = 180_000;

/** Each execution notes where its first task ran, once for each time, and hands a file to the second. */
const flowFor = (marks: string) => `
id: work
namespace: ${NAMESPACE}
tasks:
  - id: make
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: { type: io.kestra.plugin.core.runner.Process }
    outputFiles: [made.txt]
    commands:
      - echo $WHERE >> "${marks}/{{ execution.id }}"
      - sleep 1
      - echo made > made.txt
  - id: read
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: { type: io.kestra.plugin.core.runner.Process }
    commands:
      - cat {{ outputs.make.outputFiles['made.txt'] }}
`;

/** A database, and what starts servers on it, each with a data folder of its own. By default no lease ends within a test. */
async function setup(lease = "PT1M") {
  const cluster = await startPostgresCluster({ durable: true });
  onTestFinished(() => cluster.dispose());
  const folder = await temporaryFolder();
  const marks = join(folder, "marks");
  await mkdir(marks);
  const flows = await writeFlows(join(folder, "flows"), { work: flowFor(marks) });
  const start = (name: string, roles: string) =>
    startServer({
      data: join(folder, name),
      flows,
      folder,
      database: cluster.url,
      environment: {
        WHERE: name,
        CAPSTAN_CLUSTER_LEASE: lease,
        CAPSTAN_CLUSTER_ROLES: roles,
        CAPSTAN_LOGGING_LEVEL: "info",
      },
    });
  return {
    start,
    /** Starts executions, and waits until so many of them have begun. */
    begin: async (api: string, begun: number): Promise<readonly string[]> => {
      const started = Array.from({ length: EXECUTIONS }, () => startFlow(api, NAMESPACE, "work"));
      const ids = (await Promise.all(started)).map((execution) => execution!.id);
      await until(`${begun} have begun`, async () => ((await readdir(marks)).length >= begun ? true : undefined));
      return ids;
    },
    /** Where each execution began, once for each time. */
    places: async () => {
      const texts = (await readdir(marks)).map((name) => readFile(join(marks, name), "utf8"));
      return (await Promise.all(texts)).map((text) => text.trim().split("\n"));
    },
  };
}

async function workersAt(server: ServerProcess, count: number): Promise<void> {
  await until(`${count} servers take jobs`, async () => {
    const answer = await ask(server.url.replace("/main", "/cluster/workers")).catch(() => undefined);
    const workers = answer?.ok === true ? ((await answer.json()) as { readonly state: string }[]) : [];
    return workers.filter(({ state }) => state === "CONNECTED").length === count ? true : undefined;
  });
}

test("each role has processes of its own, and any of them may die", { timeout: TIMEOUT_MS }, async () => {
  const world = await setup("PT8S");
  const leader = await world.start("leader", "executor");
  const heir = await world.start("heir", "executor");
  const front = await world.start("front", "webserver");
  const dying = await world.start("dying", "worker");
  await world.start("living", "worker");
  await workersAt(front, 2);

  const refused = await ask(`${leader.url}/flows/search`);
  expect({ status: refused.status, ...((await refused.json()) as object) }).toMatchObject({
    status: 421,
    code: "role-missing",
  });
  expect((await ask(`${new URL(dying.url).origin}/health`)).status).toBe(200);
  const members = await (await ask(front.url.replace("/main", "/cluster/members"))).json();
  const seen = (members as { state: string; roles: string[] }[]).map(({ state, roles }) => `${state} ${roles.join()}`);
  expect(seen.toSorted()).toEqual([
    "LEADING executor",
    "SERVING webserver",
    "SERVING worker",
    "SERVING worker",
    "STANDBY executor",
  ]);

  const first = await world.begin(front.url, 8);
  await leader.kill();
  await untilSucceeded(front.url, first);
  // Who drives executions may die: the tasks go on, and count once.
  expect((await world.places()).filter((places) => places.length !== 1)).toEqual([]);
  expect(new Set((await world.places()).flat())).toEqual(new Set(["dying", "living"]));

  const second = await world.begin(front.url, EXECUTIONS + 8);
  await dying.kill();
  await untilSucceeded(front.url, second);
  const places = await world.places();
  expect(places).toHaveLength(2 * EXECUTIONS);
  for (const again of places.filter((one) => one.length > 1)) expect(again).toEqual(["dying", "living"]);
  await heir.stop();
});

test("one that stands by runs tasks, and keeps them when it takes over", { timeout: TIMEOUT_MS }, async () => {
  const world = await setup();
  const leader = await world.start("leader", "executor,webserver,worker");
  const standby = await world.start("standby", "executor,webserver,worker");
  await workersAt(standby, 1);
  const ids = await world.begin(standby.url, EXECUTIONS / 2);
  await leader.kill();
  await untilSucceeded(standby.url, ids);
  const places = await world.places();
  expect(places.filter(([began]) => began === "standby").length).toBeGreaterThan(0);
  for (const [began, ...again] of places) expect(again).toEqual(began === "leader" ? again : []);
  expect(places.flatMap((one) => one.slice(1)).filter((where) => where !== "standby")).toEqual([]);
  await workersAt(standby, 0);
});
