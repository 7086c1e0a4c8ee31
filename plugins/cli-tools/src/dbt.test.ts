import type { TaskDefinition } from "@capstan/sdk";
import { expect, test } from "vitest";
import { dbtCli, dbtCommands } from "./dbt.ts";
import { runTool } from "./testing/tool-world.ts";

/** Writes what dbt leaves behind, into the project that the environment names. */
const DBT = `#!/bin/sh
echo "dbt $@"
env | grep ^DBT_ | sort
mkdir -p "\${DBT_PROJECT_DIR:-.}/target"
cat "\${DBT_PROFILES_DIR:-.}/profiles.yml" 2>/dev/null
cat "\${DBT_PROJECT_DIR:-.}/manifest.json" 2>/dev/null
echo '{"nodes": {}}' > "\${DBT_PROJECT_DIR:-.}/target/manifest.json"
echo '{"results": [
  {"unique_id": "model.a", "status": "success"},
  {"unique_id": "model.b", "status": "success"},
  {"unique_id": "test.c", "status": "warn", "message": "Got 3 results"}
]}' > "\${DBT_PROJECT_DIR:-.}/target/run_results.json"
`;
const REAL = { program: "dbt", script: DBT };
const build = dbtCommands.find(({ type }) => type.endsWith(".Build")) as TaskDefinition;

test("dbt finds its profiles and its project, and what it leaves behind is kept", async () => {
  const properties = {
    commands: ["dbt build"],
    profiles: "shop: {}",
    projectDir: "shop",
    inputFiles: { "shop/a": "" },
  };
  const { state, lines, outputs, world } = await runTool(dbtCli, properties, REAL);
  await using _world = world;
  expect(state).toBe("SUCCESS");
  expect(lines).toEqual([
    "dbt build",
    "DBT_LOG_FORMAT=text",
    expect.stringMatching(/^DBT_PROFILES_DIR=\//),
    "DBT_PROJECT_DIR=shop",
    "shop: {}",
    "dbt: 2 success, 1 warn",
    "test.c: Got 3 results",
  ]);
  const files = outputs?.["outputFiles"] as Record<string, string>;
  expect(Object.keys(files)).toEqual(["run_results.json", "manifest.json"]);
  expect(await world.files.text(files["manifest.json"]!)).toBe('{"nodes": {}}\n');
  expect(world.metrics.map(({ name, value, tags }) => [name, value, tags?.["status"]])).toEqual([
    ["dbt.results", 2, "success"],
    ["dbt.results", 1, "warn"],
  ]);
});

test.each([
  ["DEBUG", ["DBT_LOG_FORMAT=debug"]],
  ["NONE", []],
])("with the log format %s dbt is told %j", async (logFormat, expected) => {
  const { lines, world } = await runTool(dbtCli, { commands: ["dbt run"], logFormat, parseRunResults: false }, REAL);
  await using _world = world;
  expect(lines).toEqual(["dbt run", ...expected]);
});

test("the manifest of a run is there for a later one", async () => {
  const key = { key: "dbt-manifest", namespace: "company.team" };
  const stored = await runTool(dbtCli, { commands: ["dbt build"], storeManifest: key }, REAL);
  await using _one = stored.world;
  const kept = await stored.world.services.keyValues.get(key.namespace, key.key);
  expect(kept?.value).toBe('{"nodes": {}}\n');
  const later = await runTool(
    dbtCli,
    { commands: ["dbt build"], loadManifest: key, projectDir: "shop" },
    {
      ...REAL,
      before: (world) => world.services.keyValues.set(key.namespace, key.key, { earlier: true }),
    },
  );
  await using _other = later.world;
  expect(later.lines).toContain('{"earlier":true}');
  const none = await runTool(dbtCli, { commands: ["dbt build"], loadManifest: key }, REAL);
  await using _none = none.world;
  expect(none.lines[0]).toBe("There is no manifest yet: company.team has no key-value dbt-manifest.");
});

test("a run without a manifest can't store one", async () => {
  const properties = { commands: ["dbt debug"], storeManifest: { key: "k", namespace: "n" } };
  const { message, world } = await runTool(dbtCli, properties, { program: "dbt", script: "#!/bin/sh\n" });
  await using _world = world;
  expect(message).toBe("dbt left no `target/manifest.json` to store: no command of it makes one.");
});

test("a project outside of the working folder is refused", async () => {
  const { message, world } = await runTool(dbtCli, { commands: ["dbt run"], projectDir: "../.." }, REAL);
  await using _world = world;
  expect(message).toContain("leads out of the working folder");
});

test("an older task is the command with its options", async () => {
  const properties = {
    debug: true,
    warnError: true,
    thread: 4,
    fullRefresh: true,
    target: "dev",
    selector: "nightly ones",
    select: ["a", "tag:b c"],
    exclude: "d",
    parseRunResults: false,
  };
  const { lines, world } = await runTool(build, properties, REAL);
  await using _world = world;
  expect(lines[0]).toBe(
    "dbt --debug --warn-error build --threads 4 --full-refresh --target dev --selector nightly ones --select a tag:b c --exclude d",
  );
});

test("a dbt of one's own goes before that of the image", async () => {
  const { lines, world } = await runTool(build, { dbtPath: "/bin/echo", parseRunResults: false }, REAL);
  await using _world = world;
  expect(lines).toEqual(["build"]);
});
