import { startPostgresCluster } from "@capstan/store/test-kit";
import { expect, onTestFinished, test } from "vitest";
import { loadConfiguration } from "./configuration.ts";
import { rolesOf } from "./roles.ts";
import { runCommand, startCommand, temporaryFiles } from "./testing/run-command.ts";

test("roles are names with commas between them", () => {
  expect(rolesOf("webserver, worker")).toEqual(["webserver", "worker"]);
});

test.each([
  ["webservr", 'there is no role "webservr" — did you mean "webserver"?'],
  ["cook", 'there is no role "cook" — known are executor, webserver, worker'],
  ["worker,scheduler", '"scheduler" is a part of what the role executor does — name executor'],
  [",", "it must name one of executor, webserver, worker at least"],
])("roles that can't be read are told: %s", (text, message) => {
  expect(() => rolesOf(text)).toThrow(`--roles: ${message}`);
});

test("roles are settings as well, with a variable of their own", async () => {
  const { configuration } = loadConfiguration(undefined, { CAPSTAN_CLUSTER_ROLES: "executor,worker" });
  expect(configuration.cluster.roles).toEqual(["executor", "worker"]);
  const path = await temporaryFiles({ "c.yaml": "cluster: { roles: [worker, scheduler] }\n" });
  expect(() => loadConfiguration(path("c.yaml"), {})).toThrow(/c\.yaml:1:\d+.*name executor/);
});

test("a server without a shared database has all roles", async () => {
  const path = await temporaryFiles();
  const words = ["server", "--port", "0", "--data", path("data"), "--roles", "webserver"];
  expect(await runCommand(words)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("roles are for servers that share a PostgreSQL database — give --database"),
  });
});

test("a server that never leads waits for one that does to make the tables, as long as a start may take", async () => {
  const cluster = await startPostgresCluster();
  onTestFinished(() => cluster.dispose());
  const path = await temporaryFiles({ "c.yaml": "database: { startTimeout: PT1S }\n" });
  const words = ["server", "--port", "0", "--data", path("data"), "--config", path("c.yaml")];
  const { ended } = startCommand([...words, "--database", cluster.url, "--roles", "webserver,worker"]);
  expect(await ended).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("no server with the role executor has made its tables yet"),
  });
});
