import { createTestWorld } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { IMAGE, type TestNamespace, testNamespace } from "../testing/test-namespace.ts";
import { apply } from "./apply.ts";
import { remove } from "./delete.ts";
import { get } from "./get.ts";
import { patch } from "./patch.ts";
import { restart } from "./restart.ts";

let space: TestNamespace;
beforeAll(async () => {
  space = await testNamespace();
});
afterAll(() => space[Symbol.asyncDispose]());

const sleeper = (name: string) => ({
  terminationGracePeriodSeconds: 0,
  containers: [{ name, image: IMAGE, imagePullPolicy: "IfNotPresent", command: ["sleep", "600"] }],
});

/** A deployment as somebody writes it. */
function deployment(name: string, replicas = 1, extra = {}): string {
  return JSON.stringify({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, ...extra },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: sleeper(name) },
    },
  });
}

const configMap = (name: string, data: Record<string, string> = {}, extra = "") =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}${extra}\ndata: ${JSON.stringify(data)}\n`;

describe("Apply", () => {
  test("creates what is not there and changes what is, field by field", async () => {
    await using world = createTestWorld();
    const both = `${configMap("first", { a: "1", b: "2" })}---\n${configMap("second")}---\n`;
    const created = await world.run(apply, { namespace: space.name, spec: both });
    expect(created.message).toBeUndefined();
    expect(created.outputs?.["metadata"]).toMatchObject([
      { name: "first", namespace: space.name, uid: expect.stringMatching(/^[\da-f-]{36}$/) },
      { name: "second" },
    ]);
    expect(JSON.stringify(created.outputs)).not.toContain("managedFields");
    expect(world.logs).toContainEqual({ level: "INFO", message: "Applied configmap/first" });
    await world.run(apply, { namespace: space.name, spec: configMap("first", { b: "3", c: "4" }) });
    expect(await space.find("configmaps/first")).toMatchObject({ data: { b: "3", c: "4" } });
    expect(Object.keys((await space.find("configmaps/first")) as object)).toContain("data");
    expect(JSON.stringify(await space.find("configmaps/first"))).not.toContain('"a":"1"');
  });

  test("takes fields over that others have set", async () => {
    await using world = createTestWorld();
    const body = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "theirs" },
      data: { a: "theirs", b: "theirs" },
    };
    const path = `/api/v1/namespaces/${space.name}/configmaps`;
    await space.cluster.ask({ method: "POST", path, body, signal: new AbortController().signal });
    const { state } = await world.run(apply, { namespace: space.name, spec: configMap("theirs", { a: "ours" }) });
    expect(state).toBe("SUCCESS");
    expect(await space.find("configmaps/theirs")).toMatchObject({ data: { a: "ours", b: "theirs" } });
  });

  test("takes lists, other namespaces, and names that are made each time", async () => {
    await using other = await testNamespace();
    await using world = createTestWorld();
    const items = [
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "elsewhere", namespace: other.name } },
      { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "made-" } },
    ];
    const spec = JSON.stringify({ apiVersion: "v1", kind: "List", items });
    const { outputs } = await world.run(apply, { namespace: space.name, spec });
    expect(outputs?.["metadata"]).toMatchObject([
      { name: "elsewhere", namespace: other.name },
      { name: expect.stringMatching(/^made-\w+$/), namespace: space.name },
    ]);
    expect(await other.find("configmaps/elsewhere")).toBeDefined();
  });

  test("waits until a deployment is ready, and says why when it is not in time", async () => {
    await using world = createTestWorld();
    const ready = await world.run(apply, { namespace: space.name, spec: deployment("web", 2), waitUntilReady: "PT2M" });
    expect(ready.message).toBeUndefined();
    expect((await space.find("apps/deployments/web"))?.status).toMatchObject({ availableReplicas: 2 });
    const never = deployment("never").replace(IMAGE, "registry.invalid/none:1").replace("IfNotPresent", "Never");
    const late = await world.run(apply, { namespace: space.name, spec: never, waitUntilReady: "PT1S" });
    expect(late.message).toBe("deployment/never is not ready after PT1S: 0 of 1 replicas are ready");
  });

  test("gives up on a job that has failed, and waits for one that completes", async () => {
    await using world = createTestWorld();
    const job = (name: string, code: number) => {
      const [container] = sleeper(name).containers;
      const containers = [{ ...container, command: ["sh", "-c", `exit ${code}`] }];
      const spec = { backoffLimit: 0, template: { spec: { restartPolicy: "Never", containers } } };
      return JSON.stringify({ apiVersion: "batch/v1", kind: "Job", metadata: { name }, spec });
    };
    const run = (spec: string) => world.run(apply, { namespace: space.name, spec, waitUntilReady: "PT2M" });
    expect((await run(job("good", 0))).message).toBeUndefined();
    expect((await run(job("bad", 1))).message).toMatch(
      /^job\/bad will not be ready: it has failed \(BackoffLimitExceeded/,
    );
  });

  test.each([
    ["", "`spec` has no resource"],
    ["a: [", /^document 1 of `spec` is no YAML: .*line 1/],
    ["a: 1", "document 1 of `spec` is no resource: it needs `apiVersion` and `kind`"],
    ["{apiVersion: v1, kind: ConfigMap}", "document 1 of `spec` (ConfigMap) has no `metadata.name`"],
    [
      "{apiVersion: v1, kind: List, items: [{kind: A}]}",
      "item 1 of document 1 of `spec` is no resource: it needs `apiVersion` and `kind`",
    ],
    [
      "{apiVersion: nobody.example/v1, kind: Thing, metadata: {name: a}}",
      "the cluster knows no kind Thing in nobody.example/v1: check both, or install what defines it first",
    ],
    [
      "{apiVersion: v1, kind: Thing, metadata: {name: a}}",
      "the cluster knows no kind Thing in v1: check both, or install what defines it first",
    ],
    ["{apiVersion: v1, kind: ConfigMap, metadata: {name: A_b}}", /^the cluster says: .*Invalid value: "A_b"/],
  ])("refuses %j", async (spec, message) => {
    await using world = createTestWorld();
    const outcome = await world.run(apply, { namespace: space.name, spec });
    expect(outcome.message).toMatch(message);
  });
});

describe("Get", () => {
  test("has metadata and status of all, of one, in a file, or only how many", async () => {
    await using world = createTestWorld();
    await using other = await testNamespace();
    const of = (name: string) => ({
      connection: {},
      namespace: other.name,
      spec: configMap(name, {}, `\n  labels: {n: ${name}}`),
    });
    for (const name of ["a", "b"]) await world.run(apply, of(name));
    const ask = (properties: object) =>
      world.run(get, { namespace: other.name, resourceType: "configmaps", labelSelector: "n", ...properties });
    const all = await ask({ fetchType: "FETCH" });
    expect(all.outputs).toMatchObject({
      size: 2,
      metadataItems: [{ name: "a" }, { name: "b" }],
      statusItems: [{ status: {} }, { status: {} }],
    });
    expect((await ask({ fetchType: "FETCH_ONE" })).outputs).toMatchObject({
      size: 1,
      metadataItem: { name: "a" },
      statusItem: { status: {} },
    });
    expect((await ask({})).outputs).toEqual({ size: 2 });
    expect((await ask({ labelSelector: "n=b" })).outputs).toEqual({ size: 1 });
    const { outputs } = await ask({ fetchType: "STORE" });
    const lines = (await world.files.text(outputs?.["uri"] as string)).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { metadata: { name: "a" }, status: {} },
      { metadata: { name: "b" } },
    ]);
  });

  test.each([
    [{ resourceType: "Namespace", resourcesNames: "default" }, { phase: "Active" }],
    [{ resourceType: "ns", resourcesNames: ["default"] }, { phase: "Active" }],
    [{ resourceType: "deploy", resourcesNames: ["web"] }, { replicas: 2 }],
    [{ resourceType: "deployments.apps", resourcesNames: ["web"] }, { replicas: 2 }],
    [{ resourceType: "deployment", apiGroup: "apps", apiVersion: "v1", resourcesNames: ["web"] }, { replicas: 2 }],
    [{ resourceType: "deployment", apiVersion: "apps/v1", resourcesNames: ["web"] }, { replicas: 2 }],
  ])("finds %j", async (properties, status) => {
    await using world = createTestWorld();
    await world.run(apply, { namespace: space.name, spec: deployment("web", 2), waitUntilReady: "PT2M" });
    const { outputs } = await world.run(get, { namespace: space.name, fetchType: "FETCH_ONE", ...properties });
    expect(outputs).toMatchObject({ statusItem: { status } });
  });

  test("reads more than a page", async () => {
    await using world = createTestWorld();
    await using other = await testNamespace();
    const items = Array.from({ length: 260 }, (_, index) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: `m${index}`, labels: { many: "yes" } },
    }));
    const spec = JSON.stringify({ apiVersion: "v1", kind: "List", items });
    await world.run(apply, { namespace: other.name, spec });
    const { outputs } = await world.run(get, { namespace: other.name, resourceType: "cm", labelSelector: "many=yes" });
    expect(outputs).toEqual({ size: 260 });
  });

  test.each([
    [
      { resourceType: "gizmos" },
      /^the cluster knows no resources "gizmos": write a name that `kubectl api-resources` shows/,
    ],
    [{ resourceType: "pods", apiGroup: "apps" }, /^the cluster knows no resources "pods" in apps/],
    [{ resourceType: "pods", resourcesNames: ["nobody"] }, 'the cluster says: pods "nobody" not found'],
    [{ resourceType: "pods", labelSelector: "a in b" }, /^the cluster says: unable to parse requirement/],
  ])("says what is wrong with %j", async (properties, message) => {
    await using world = createTestWorld();
    const outcome = await world.run(get, { namespace: space.name, fetchType: "FETCH", ...properties });
    expect(outcome.message).toMatch(message);
  });
});

test("Delete removes what is there, and warns of what is not", async () => {
  await using world = createTestWorld();
  await world.run(apply, { namespace: space.name, spec: configMap("gone") });
  const properties = { namespace: space.name, resourceType: "cm", resourcesNames: ["gone", "nobody"] };
  expect((await world.run(remove, properties)).state).toBe("SUCCESS");
  expect(await space.find("configmaps/gone")).toBeUndefined();
  expect(world.logs).toContainEqual({ level: "WARN", message: "configmap/nobody is not there" });
});

describe("Patch", () => {
  const target = () => ({ namespace: space.name, resourceType: "deployment", resourceName: "patched" });

  test("merges by names, as JSON, and by operations", async () => {
    await using world = createTestWorld();
    await world.run(apply, { namespace: space.name, spec: deployment("patched", 0) });
    const run = async (properties: object) =>
      (await world.run(patch, { ...target(), patch: "", ...properties })).message;
    const containers = [{ name: "patched", env: [{ name: "A", value: "1" }] }];
    expect(await run({ patch: JSON.stringify({ spec: { template: { spec: { containers } } } }) })).toBeUndefined();
    expect(await run({ patch: "metadata: {labels: {a: b}}", patchStrategy: "JSON_MERGE" })).toBeUndefined();
    const operations = '[{"op": "replace", "path": "/spec/revisionHistoryLimit", "value": 3}]';
    expect(await run({ patch: operations, patchStrategy: "JSON_PATCH" })).toBeUndefined();
    expect(await space.find("apps/deployments/patched")).toMatchObject({
      metadata: { labels: { a: "b" } },
      spec: { revisionHistoryLimit: 3, template: { spec: { containers: [{ image: IMAGE, env: [{ name: "A" }] }] } } },
    });
  });

  test("answers metadata and status, once ready", async () => {
    await using world = createTestWorld();
    await world.run(apply, { namespace: space.name, spec: deployment("patched", 0) });
    const properties = { ...target(), patch: '{"spec": {"replicas": 1}}', waitUntilReady: "PT2M" };
    const { outputs } = await world.run(patch, properties);
    expect(outputs).toMatchObject({ metadata: { name: "patched" }, status: { status: { readyReplicas: 1 } } });
  });

  test.each([
    [{ patch: "[1]" }, "`patch` is no map of what changes, which `patchStrategy: STRATEGIC_MERGE` takes"],
    [
      { patch: "{a: 1}", patchStrategy: "JSON_PATCH" },
      "`patch` is no list of operations, which `patchStrategy: JSON_PATCH` takes",
    ],
    [{ patch: "{a: [" }, /^`patch` is neither JSON nor YAML: /],
    [{ patch: "{}", resourceName: "nobody" }, 'the cluster says: deployments.apps "nobody" not found'],
  ])("refuses %j", async (properties, message) => {
    await using world = createTestWorld();
    expect((await world.run(patch, { ...target(), ...properties })).message).toMatch(message);
  });
});

test("Restart replaces the pods", async () => {
  await using world = createTestWorld();
  await using other = await testNamespace();
  const waitUntilReady = "PT2M";
  await world.run(apply, { namespace: other.name, spec: deployment("again"), waitUntilReady });
  const [before] = await other.pods();
  const properties = { namespace: other.name, resourceType: "Deployment", resourcesNames: ["again"], waitUntilReady };
  expect((await world.run(restart, properties)).message).toBeUndefined();
  const names = (await other.pods()).filter(({ metadata }) => metadata["deletionTimestamp"] === undefined);
  expect(names.map(({ metadata }) => metadata.name)).not.toContain(before?.metadata.name);
  expect(names).toHaveLength(1);
});
