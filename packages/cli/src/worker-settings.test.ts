import { expect, test } from "vitest";
import { loadConfiguration } from "./configuration.ts";
import { runCommand, temporaryFiles } from "./testing/run-command.ts";
import { workersOf } from "./worker-settings.ts";

const TOKEN = "a-token-of-some-workers";
const TOKENS = `tokens: [{ name: gpus, token: ${TOKEN}, groups: [gpu] }]`;

async function load(yaml: string, environment: Readonly<Record<string, string>> = {}) {
  const path = await temporaryFiles({ "c.yaml": yaml });
  return loadConfiguration(path("c.yaml"), environment).configuration;
}

test("without tokens nobody but the server runs tasks, and somebody must", async () => {
  expect(workersOf((await load("{}")).workers)).toEqual({});
  const { workers } = await load("{}", { CAPSTAN_WORKERS_LOCAL: "false" });
  expect(() => workersOf(workers)).toThrow("workers.local is false and workers.tokens names nobody else");
});

test("the nearest namespace decides which group its tasks go to, then the tenant", async () => {
  const { workers } = await load(`workers:
  ${TOKENS}
  lostAfter: PT1M
  local: false
  assignments:
    - { tenant: main, group: everybody, fallback: IGNORE }
    - { namespace: company, group: staff }
    - { namespace: company.ml, group: gpu, fallback: FAIL }
    - { tenant: other, namespace: company, group: guests }
`);
  const settings = workersOf(workers).workers!;
  expect([settings.lostAfterMs, settings.isLocal]).toEqual([60_000, false]);
  const groups = (tenant: string, namespace: string) => {
    const target = settings.targetOf(tenant, namespace);
    return target && `${target.groups.join()} ${target.fallback}`;
  };
  expect([
    groups("main", "company.ml.vision"),
    groups("main", "company.mlops"),
    groups("main", "company"),
    groups("main", "elsewhere"),
    groups("third", "elsewhere"),
  ]).toEqual(["gpu FAIL", "staff WAIT", "staff WAIT", "everybody IGNORE", undefined]);
});

test.each([
  ["tokens: [{ name: a, token: short }]", "20 or more letters"],
  ["tokens: [{ name: a b, token: 01234567890123456789 }]", "a name is at most 63 letters"],
  ["tokens: [{ token: 01234567890123456789a }]", "it must be a text"],
  ["tokens: [{ name: a, token: 01234567890123456789a, groups: [a/b] }]", "a group is a name"],
  ["lostAfter: PT0.5S", "from PT1S to PT1H"],
  ["lostAfter: PT2H", "from PT1S to PT1H"],
  ["local: maybe", "it must be true or false"],
  ["assignments: [{ group: a }]", "it must name a namespace or a tenant"],
  ["assignments: [{ namespace: a, group: b, fallback: LATER }]", "it must be one of WAIT, FAIL"],
])("a mistake is told with its line: %s", async (yaml, reason) => {
  const loading = load(`workers:\n  ${yaml}\n`);
  await expect(loading).rejects.toThrow(/c\.yaml:2:\d+/);
  await expect(loading).rejects.toThrow(reason);
});

test("tokens are not shown by config explain", async () => {
  const path = await temporaryFiles({ "c.yaml": `workers: { ${TOKENS} }\nworker: { token: ${TOKEN}-2 }\n` });
  const { stdout } = await runCommand(["config", "explain", "--config", path("c.yaml"), "--json"]);
  expect(stdout).toContain("workers.tokens");
  expect(stdout).not.toContain(TOKEN);
});

test.each([
  ["no server", [], "needs the address of its server"],
  ["no address", ["--server", "server:8080"], "not the address of a server"],
  ["an address with a password", ["--server", "http://a:b@server"], "not the address of a server"],
  ["no token", ["--server", "http://server"], "needs a token of its server"],
  ["no duration", ["--server", "http://server", "--token", TOKEN, "--grace", "soon"], "is not a duration"],
  ["no room", ["--server", "http://server", "--token", TOKEN, "--concurrency", "0"], "from 1 to 10000"],
])("a worker with %s does not start", async (_what, words, reason) => {
  const { exitCode, stderr } = await runCommand(["worker", ...words]);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(reason)]);
});
