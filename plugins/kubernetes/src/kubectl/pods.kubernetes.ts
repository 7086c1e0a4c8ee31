import { createTestWorld } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { IMAGE, NEVER, type TestNamespace, testNamespace } from "../testing/test-namespace.ts";
import { exec } from "./exec.ts";
import { logs } from "./logs.ts";
import { wait } from "./wait.ts";

let space: TestNamespace;
beforeAll(async () => {
  space = await testNamespace();
  await create("talker", [
    ["one", "echo first; echo second; sleep 600"],
    ["two", "echo third; sleep 600"],
  ]);
  await create("quiet", [["only", "echo quiet; sleep 600"]]);
  await create("ended", [["only", "printf 'no end'"]]);
  for (const name of ["talker", "quiet"])
    await vi.waitUntil(async () => (await space.find(`pods/${name}`))?.status?.["phase"] === "Running", {
      timeout: 60_000,
    });
});
afterAll(() => space[Symbol.asyncDispose]());

async function create(name: string, scripts: readonly (readonly [string, string])[]): Promise<void> {
  const containers = scripts.map(([container, script]) => ({
    name: container,
    image: IMAGE,
    imagePullPolicy: "IfNotPresent",
    command: ["sh", "-c", script],
  }));
  const spec = { terminationGracePeriodSeconds: 0, restartPolicy: "Never", containers };
  const body = { apiVersion: "v1", kind: "Pod", metadata: { name, labels: { app: name } }, spec };
  await space.cluster.ask({ method: "POST", path: `/api/v1/namespaces/${space.name}/pods`, body, signal: NEVER });
}

describe("Exec", () => {
  test("has the output of the program, and what it sets", async () => {
    await using world = createTestWorld();
    const command = `echo out; echo trouble >&2; echo '::{"outputs": {"size": 3}}::'`;
    const { outputs } = await world.run(exec, { namespace: space.name, podName: "quiet", command });
    expect(outputs).toEqual({ exitCode: 0, vars: { size: 3 } });
    expect(world.logs).toContainEqual({ level: "INFO", message: "out" });
    expect(world.logs).toContainEqual({ level: "ERROR", message: "trouble" });
  });

  test("takes words as they are, in the container that is named", async () => {
    await using world = createTestWorld();
    const properties = {
      namespace: space.name,
      podName: "talker",
      container: "two",
      command: ["echo", "a  b", "$HOME"],
    };
    await world.run(exec, properties);
    expect(world.logs).toContainEqual({ level: "INFO", message: "a  b $HOME" });
  });

  test.each([
    [{ podName: "quiet", command: "exit 3" }, "Command failed with exit code 3"],
    [{ podName: "nobody", command: "true" }, 'the cluster says: pods "nobody" not found'],
    [{ podName: "quiet", container: "other", command: "true" }, /^the cluster says: container other is not valid/],
  ])("%j fails", async (properties, message) => {
    await using world = createTestWorld();
    expect((await world.run(exec, { namespace: space.name, ...properties })).message).toMatch(message);
  });
});

describe("Logs", () => {
  const text = async (properties: object) => {
    await using world = createTestWorld();
    const { outputs, message } = await world.run(logs, { namespace: space.name, ...properties });
    expect(message).toBeUndefined();
    const content = await world.files.text(outputs!["uri"] as string);
    expect(outputs!["size"]).toBe(content.split("\n").length - 1);
    return content;
  };

  test("are those of all containers, told apart", async () => {
    const prefixed = "[pod/talker/one] first\n[pod/talker/one] second\n[pod/talker/two] third\n";
    expect(await text({ podNames: ["talker"] })).toBe(prefixed);
    expect(await text({ labelSelector: "app in (talker,quiet)" })).toContain("[pod/quiet/only] quiet\n");
  });

  test("are those of one container as they are", async () => {
    await vi.waitUntil(async () => (await space.find("pods/ended"))?.status?.["phase"] === "Succeeded", {
      timeout: 60_000,
    });
    expect(await text({ podNames: "ended" })).toBe("no end\n");
    expect(await text({ podNames: "quiet" })).toBe("quiet\n");
    expect(await text({ podNames: ["talker"], container: "one", tailLines: 1 })).toBe("second\n");
    expect(await text({ podNames: "quiet", timestamps: true, since: "PT1H" })).toMatch(/^\d{4}-\S+Z quiet\n$/);
  });

  test.each([
    [{}, "write either `podNames` or `labelSelector`"],
    [{ podNames: "quiet", labelSelector: "a" }, "write either `podNames` or `labelSelector`"],
    [{ podNames: "nobody" }, 'the cluster says: pods "nobody" not found'],
    [
      { podNames: "quiet", previous: true },
      /^the cluster says: previous terminated container "only" in pod "quiet" not found/,
    ],
  ])("%j fails", async (properties, message) => {
    await using world = createTestWorld();
    expect((await world.run(logs, { namespace: space.name, ...properties })).message).toMatch(message);
  });
});

describe("Wait", () => {
  const waited = async (properties: object) => {
    await using world = createTestWorld();
    return await world.run(wait, {
      namespace: space.name,
      resourceType: "pod",
      resourcesNames: "quiet",
      ...properties,
    });
  };

  test.each([
    "ready",
    "create",
    "condition=Ready",
    "condition=Ready=True",
    "jsonpath={.status.phase}=Running",
    "jsonpath={.spec.containers[0].name}=only",
    "jsonpath={.metadata.labels['app']}",
  ])("ends at once for %s, which holds", async (goal) => {
    const { outputs, message } = await waited({ for: goal });
    expect(message).toBeUndefined();
    expect(outputs).toMatchObject({
      metadataItems: [{ name: "quiet" }],
      statusItems: [{ status: { phase: "Running" } }],
    });
  });

  test("ends when it comes to hold", async () => {
    const created = waited({ resourcesNames: "late", for: "create" });
    await create("late", [["main", "sleep 1"]]);
    expect((await created).message).toBeUndefined();
    expect(
      (await waited({ resourcesNames: "late", for: "jsonpath={.status.phase}=Succeeded" })).message,
    ).toBeUndefined();
    const deleted = waited({ resourcesNames: "late", for: "delete" });
    await space.remove("pods/late");
    expect((await deleted).outputs).toEqual({ metadataItems: [], statusItems: [] });
  });

  test.each([
    [
      { for: "condition=Ready=False", maxDuration: "PT0S" },
      "pod/quiet is not ready after PT0S: its condition Ready is True",
    ],
    [
      { for: "condition=Nothing", maxDuration: "PT0S" },
      "pod/quiet is not ready after PT0S: it has no condition Nothing",
    ],
    [
      { for: "jsonpath={.status.phase}=Failed", maxDuration: "PT0S" },
      "pod/quiet is not ready after PT0S: its .status.phase is Running",
    ],
    [{ for: "delete", maxDuration: "PT0S" }, "pod/quiet is not deleted after PT0S"],
    [{ for: "create", resourcesNames: "nobody", maxDuration: "PT0S" }, "pod/nobody is not created after PT0S"],
    [{ for: "soon" }, /^`for` is "soon": write ready, create, delete/],
    [{ for: "jsonpath={.items[*]}" }, /^`for` has the path ".items\[\*\]", which is not understood/],
  ])("%j fails", async (properties, message) => {
    expect((await waited(properties)).message).toMatch(message);
  });
});
