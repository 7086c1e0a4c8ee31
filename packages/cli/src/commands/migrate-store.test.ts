import { type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { allRoutes } from "@capstan/api";
import { createServer } from "@capstan/server";
import { createSqliteStore, type Store } from "@capstan/store";
import { createPostgresStore } from "@capstan/store/postgres";
import { manifoldUnits, type PostgresCluster, startPostgresCluster } from "@capstan/store/test-kit";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { assemble } from "../assemble.ts";
import { loadConfiguration } from "../configuration.ts";
import { runCommand, startCommand, temporaryFiles } from "../testing/run-command.ts";

let cluster: PostgresCluster;
let schemas = 0;

beforeAll(async () => {
  cluster = await startPostgresCluster();
});
afterAll(() => cluster.dispose());

/** An empty schema, which the environment names, and a data folder. */
async function setup() {
  const schema = `moved_${(schemas += 1)}`;
  const path = await temporaryFiles();
  const environment = { CAPSTAN_DATABASE_SCHEMA: schema };
  const move = (from: string, to: string, ...words: readonly string[]) =>
    runCommand(["migrate-store", "--from", from, "--to", to, ...words], { environment });
  return { path, data: path("data"), sqlite: path("data/capstan.db"), schema, environment, move };
}

const FLOWS: Readonly<Record<string, string>> = {
  ask: "tasks: [{ id: ask, type: io.kestra.plugin.core.flow.Pause }, { id: end, type: io.kestra.plugin.core.log.Log, message: went on }]",
  wait: "tasks: [{ id: wait, type: io.kestra.plugin.core.flow.Pause, pauseDuration: PT3S }]",
  parent:
    "tasks: [{ id: call, type: io.kestra.plugin.core.flow.Subflow, namespace: move, flowId: ask, wait: true, transmitFailed: true }]",
  single: "concurrency: { limit: 1, behavior: QUEUE }\ntasks: [{ id: ask, type: io.kestra.plugin.core.flow.Pause }]",
  numbers:
    "labels: { team: blue }\ntasks: [{ id: each, type: io.kestra.plugin.core.flow.ForEach, values: [1, 2], tasks: [{ id: out, type: io.kestra.plugin.core.debug.Return, format: '{{ taskrun.value }}' }] }]\noutputs: [{ id: last, type: STRING, value: '{{ outputs.out }}' }]",
  daily:
    "triggers: [{ id: daily, type: io.kestra.plugin.core.trigger.Schedule, cron: '0 0 1 1 *' }]\ntasks: [{ id: no, type: io.kestra.plugin.core.execution.Fail }]",
};

const sourceOf = (id: string) => `id: ${id}\nnamespace: move\n${FLOWS[id]}\n`;

/** Opens a whole instance, whose triggers don't fire, on a store; answers what to do with it. */
async function instance(data: string, store: Store) {
  const { configuration } = loadConfiguration(undefined, { CAPSTAN_LOGGING_LEVEL: "silent" });
  const { runtime, catalogue } = assemble({ ...configuration, data }, {}, store, { firesTriggers: false });
  await runtime.start();
  const server = createServer(runtime, { host: "127.0.0.1", port: 0, catalogue });
  const stop = async () => {
    await server.close();
    await runtime.stop();
  };
  const answer = async (path: string) => {
    const { statusCode, body } = await server.inject({ url: `/api/v1/main${path}` });
    // What lives gets older between two questions, and PostgreSQL keeps metrics without the character 0.
    const steady = body.replaceAll(/PT(?:\d+H)?(?:\d+M)?[\d.]+S|(?<="lagMs":)\d+/g, "PT…");
    return `${statusCode} ${path.startsWith("/metrics") ? steady.replaceAll("\\u0000", "\uFFFD") : steady}`;
  };
  return { runtime, stop, answer };
}

/** What doesn't read rows but files and settings, or waits for what comes. */
const OTHERS = /^\/(plugins|pebble|configs|login|basicAuth|secrets)|\/follow|webhook|secrets$|\/files/;
const QUERIES = [
  "",
  "?sort=state.currentDate:desc",
  "?sort=id:asc&page=2&size=7",
  "?filters[labels][EQUALS][team]=plain",
  "?filters[state][IN]=FAILED,PAUSED",
  "?filters[q][EQUALS]=two",
];

/** The addresses of all that the API lists and shows, for each of some executions and flows. */
function addresses(executions: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const { method, path, permission } of Object.values(allRoutes)) {
    if (method !== "GET" || permission === "public" || OTHERS.test(path)) continue;
    for (const [position, executionId] of executions.entries()) {
      const flowId = Object.keys(FLOWS)[position % Object.keys(FLOWS).length]!;
      const names: Readonly<Record<string, string>> = {
        executionId,
        taskRunId: executionId,
        namespace: position % 2 === 0 ? "move" : "company.team",
        id: flowId,
        flowId,
        taskId: "ask",
        key: "n",
        metric: "rows",
      };
      const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => names[name] ?? "x");
      for (const query of address.includes("search") || !path.includes("{") ? QUERIES : [""])
        found.add(address + query);
    }
  }
  return [...found];
}

test("all that the API answers is the same after the move", async () => {
  const { data, sqlite, schema, move } = await setup();
  await mkdir(data);
  const before = createSqliteStore({ path: sqlite });
  await before.start();
  for (const unit of manifoldUnits(60, { ended: true })) await before.commit(unit);
  const first = await instance(data, before);
  for (const id of Object.keys(FLOWS)) await first.runtime.flows.save("main", sourceOf(id));
  await first.runtime.flows.save("main", `${sourceOf("numbers")}# another revision\n`);
  await first.runtime.services("main").keyValues.set("move", "key", { a: [1, null] });
  const key = { tenant: "main", namespace: "move" };
  const made = [];
  for (const flowId of ["numbers", "daily", "ask", "parent", "single", "single"])
    made.push((await first.runtime.executions.create({ ...key, flowId })).id);
  for (const id of made.slice(0, 2)) await first.runtime.executions.ended("main", id);
  await first.runtime.flows.delete({ ...key, id: "daily" });
  const asked = addresses([...made, "e000001", "e000002", "e000003", "e000004"]);
  // What is live comes to rest: paused, queued, or waiting for a subflow.
  await expect
    .poll(() => first.answer("/executions/search?filters[state][IN]=PAUSED"), { timeout: 60_000 })
    .toContain('"total":3');
  const answers = new Map<string, string>();
  for (const address of asked) answers.set(address, await first.answer(address));
  await first.stop();

  const moved = await move(data, cluster.url, "--json");
  expect(moved, moved.stderr).toMatchObject({ exitCode: 0, stderr: "" });
  expect(JSON.parse(moved.stdout)).toMatchObject({ from: sqlite, rowsPerSecond: expect.any(Number) });

  const second = await instance(data, createPostgresStore({ url: cluster.url, schema }));
  onTestFinished(second.stop);
  const differing = [];
  for (const [address, answer] of answers) {
    const now = await second.answer(address);
    if (now !== answer) differing.push({ address, answer, now });
  }
  expect(differing).toEqual([]);
  const successful = [...answers.values()].filter((answer) => answer.startsWith("200"));
  expect(successful.length).toBeGreaterThan(150);
});

/** A server as a process; resolves when it listens. */
async function startServer(
  data: string,
  words: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
) {
  const { child, printed } = startCommand(["server", "--port", "0", "--data", data, ...words], { environment });
  const [, url = ""] = await printed(/capstan listens on (\S+)/);
  const command = (...asked: string[]) => runCommand(asked, { environment: { CAPSTAN_SERVER: url } });
  const start = async (flow: string) => (await command("execution", "start", "move", flow)).stdout.trim();
  const stateOf = async (id: string) => {
    const { stdout } = await command("execution", "get", id, "--json");
    return (JSON.parse(stdout) as { readonly state: { readonly current: string } }).state.current;
  };
  const kill = () => killed(child);
  return { command, start, stateOf, kill };
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

test("what lives goes on after the move, also of a server that was killed", async () => {
  const { path, data, environment, move } = await setup();
  await mkdir(path("flows"));
  for (const id of Object.keys(FLOWS)) await writeFile(path(`flows/${id}.yaml`), sourceOf(id));
  const before = await startServer(data, ["--flows", path("flows")]);
  const [asking, waiting, calling] = [
    await before.start("ask"),
    await before.start("wait"),
    await before.start("parent"),
  ];
  const [first, queued] = [await before.start("single"), await before.start("single")];
  await expect.poll(() => before.stateOf(first), { timeout: 60_000 }).toBe("PAUSED");
  expect(await before.stateOf(queued)).toBe("QUEUED");
  await before.kill();

  const moved = await move(data, cluster.url);
  expect(moved, moved.stderr).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/\nmoved \d+ rows from /) });

  const after = await startServer(data, ["--database", cluster.url], environment);
  expect(await after.command("execution", "follow", waiting)).toMatchObject({ exitCode: 0 });
  expect(await after.command("execution", "resume", asking)).toMatchObject({ exitCode: 0 });
  expect(await after.command("execution", "follow", asking)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining("went on"),
  });
  const children = JSON.parse((await after.command("execution", "list", "--flow", "ask", "--json")).stdout) as {
    readonly results: readonly { readonly id: string }[];
  };
  const child = children.results.find(({ id }) => id !== asking)!.id;
  expect(await after.command("execution", "resume", child)).toMatchObject({ exitCode: 0 });
  expect(await after.command("execution", "follow", calling)).toMatchObject({ exitCode: 0 });
  expect(await after.command("execution", "resume", first)).toMatchObject({ exitCode: 0 });
  await expect.poll(() => after.stateOf(queued), { timeout: 60_000 }).toBe("PAUSED");
  expect(await after.command("execution", "resume", queued)).toMatchObject({ exitCode: 0 });
  expect(await after.command("execution", "follow", queued)).toMatchObject({ exitCode: 0 });
});

/** Lets nobody write timers, which come after logs, until it is opened. */
async function gate(schema: string) {
  await cluster.query(`CREATE TABLE public.gate_${schema} AS SELECT 1 AS closed;
    CREATE FUNCTION ${schema}.wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      WHILE EXISTS (SELECT FROM public.gate_${schema}) LOOP PERFORM pg_sleep(0.01); END LOOP;
      RETURN NULL;
    END $$;
    CREATE TRIGGER gate BEFORE INSERT ON ${schema}.timers EXECUTE FUNCTION ${schema}.wait()`);
  return { open: () => cluster.query(`DELETE FROM public.gate_${schema}`) };
}

test("a move that is killed leaves a part on which no server starts, and begins anew", async () => {
  const { data, sqlite, schema, environment, move } = await setup();
  const store = createSqliteStore({ path: sqlite });
  await store.start();
  for (const unit of manifoldUnits(3)) await store.commit(unit);
  await store.stop();
  const empty = createPostgresStore({ url: cluster.url, schema });
  await empty.start();
  await empty.stop();
  const { open } = await gate(schema);
  const moving = startCommand(["migrate-store", "--from", data, "--to", cluster.url], { environment });
  const logs = () => cluster.query(`SELECT FROM ${schema}.logs`);
  await expect.poll(logs, { timeout: 60_000 }).not.toEqual([]);
  await killed(moving.child);
  await open();
  const words = ["server", "--port", "0", "--data", data, "--database", cluster.url];
  expect(await runCommand(words, { environment })).toMatchObject({
    exitCode: 1,
    stdout: "",
    stderr: expect.stringMatching(
      /^store-incomplete .* a transfer from \S+capstan\.db did not end — Run the same `capstan migrate-store` again/m,
    ),
  });
  expect(await move(data, cluster.url)).toMatchObject({ exitCode: 0 });
});

test("what can't be moved is told with what to do, and no password is shown", async () => {
  const { data, move } = await setup();
  expect(await move(data, data)).toMatchObject({
    exitCode: 2,
    stderr: "--from and --to are the same place — name two\n",
  });
  expect(await move(data, cluster.url)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/^store-missing .*capstan\.db.* — Nothing was made/),
  });
  const server = await startServer(data);
  expect(await move(data, cluster.url)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/^store-locked .* — Stop the other process/),
  });
  await server.kill();
  const withPassword = cluster.url.replace("capstan@", "capstan:hidden-word@");
  const moved = await move(data, withPassword);
  expect(moved).toMatchObject({ exitCode: 0, stderr: "" });
  expect(moved.stdout).not.toContain("hidden-word");
});
