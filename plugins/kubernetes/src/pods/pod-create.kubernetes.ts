import type { JsonMap } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { IMAGE, type TestNamespace, testNamespace } from "../testing/test-namespace.ts";
import { podCreate } from "./pod-create.ts";

let space: TestNamespace;
beforeAll(async () => {
  space = await testNamespace();
});
afterAll(() => space[Symbol.asyncDispose]());

/** A container of a manifest that runs a line of a shell. */
const container = (name: string, script: string, rest: JsonMap = {}): JsonMap => ({
  name,
  image: IMAGE,
  imagePullPolicy: "IfNotPresent",
  command: ["sh", "-c", script],
  ...rest,
});

const podOf = (...containers: readonly JsonMap[]) => ({
  namespace: space.name,
  fileSidecar: { image: IMAGE },
  spec: { terminationGracePeriodSeconds: 0, containers: [...containers] },
});

test("a pod has its output, what it sets, and its last state", async () => {
  await using world = createTestWorld();
  const script = `echo hello; echo '::{"outputs": {"rows": 3}}::'`;
  const metadata = { labels: { team: "data" }, annotations: { note: "n" } };
  const { outputs, message } = await world.run(podCreate, { ...podOf(container("a", script)), metadata });
  expect(message).toBeUndefined();
  expect(outputs).toMatchObject({
    metadata: {
      name: expect.stringMatching(/^my-flow-task-[\da-f]{16}$/),
      labels: { team: "data" },
      annotations: { note: "n" },
    },
    status: { containerStatuses: [{ name: "a", state: { terminated: { exitCode: 0 } } }] },
    outputFiles: {},
    vars: { rows: 3 },
  });
  expect(world.logs).toContainEqual({ level: "INFO", message: "hello" });
  expect(await space.pods()).toEqual([]);
});

test("files go in and come out, by the folder's name and by Kestra's", async () => {
  await using world = createTestWorld();
  const folder = await world.workingDirectory();
  const one = container("one", `cat ${folder}/in.txt > ${folder}/one.txt`);
  const two = container(
    "two",
    "until test -e /kestra/working-dir/one.txt; do sleep 0.1; done; cp /kestra/working-dir/in.txt /kestra/working-dir/two.txt",
  );
  const files = { inputFiles: { "in.txt": "content" }, outputFiles: ["*o*.txt"] };
  const { outputs, message } = await world.run(podCreate, { ...podOf(one, two), ...files });
  expect(message).toBeUndefined();
  const kept = outputs?.["outputFiles"] as Record<string, string>;
  expect(Object.keys(kept).toSorted()).toEqual(["one.txt", "two.txt"]);
  for (const uri of Object.values(kept)) expect(await world.files.text(uri)).toBe("content");
});

test("the pod ends when all of its containers have, and the first that failed says how", async () => {
  await using world = createTestWorld();
  const { message, outputs } = await world.run(
    podCreate,
    podOf(container("good", "echo good"), container("bad", "sleep 1; echo bad; exit 3"), container("worse", "exit 4")),
  );
  expect(message).toMatch(/^the pod my-flow-task-\w+ failed with exit code 3$/);
  expect(outputs).toMatchObject({ vars: {} });
  const lines = world.logs.map((line) => line.message);
  expect(lines).toContain("good");
  expect(lines).toContain("bad");
});

test("containers that are started again until they succeed end then", async () => {
  await using world = createTestWorld();
  const script = "if test -e /shared/once; then echo second; else touch /shared/once; echo first; exit 1; fi";
  const mounted = container("again", script, { volumeMounts: [{ name: "shared", mountPath: "/shared" }] });
  const properties = podOf(mounted);
  const spec = { ...properties.spec, restartPolicy: "OnFailure", volumes: [{ name: "shared", emptyDir: {} }] };
  const { message } = await world.run(podCreate, { ...properties, spec });
  expect(message).toBeUndefined();
  expect(world.logs).toContainEqual({ level: "INFO", message: "second" });
});

test("an init container that fails says so", async () => {
  await using world = createTestWorld();
  const properties = podOf(container("never", "echo never"));
  const spec = { ...properties.spec, initContainers: [container("prepare", "exit 9")] };
  const { message } = await world.run(podCreate, { ...properties, spec });
  expect(message).toMatch(/was lost: its init container prepare failed with exit code 9 \(Error\)$/);
});

test("containers have what they don't say otherwise", async () => {
  await using world = createTestWorld();
  const containerDefaultSpec = { env: [{ name: "A", value: "default" }], securityContext: { runAsUser: 7 } };
  const own = container("own", 'echo "own $A $(id -u)"', { env: [{ name: "A", value: "mine" }] });
  const plain = container("plain", 'echo "plain $A $(id -u)"');
  await world.run(podCreate, { ...podOf(own, plain), containerDefaultSpec });
  const lines = world.logs.map(({ message }) => message);
  expect(lines).toContain("own mine 7");
  expect(lines).toContain("plain default 7");
});

test("a name that is taken by another pod is refused, and that pod is left alone", async () => {
  await using world = createTestWorld();
  const body = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "taken" },
    spec: podOf(container("a", "sleep 600")).spec,
  };
  const path = `/api/v1/namespaces/${space.name}/pods`;
  await space.cluster.ask({ method: "POST", path, body, signal: new AbortController().signal });
  const { message } = await world.run(podCreate, { ...podOf(container("a", "echo a")), metadata: { name: "taken" } });
  expect(message).toBe("there is a pod taken already, which is not this task's: choose another name");
  expect((await space.find("pods/taken"))?.metadata["deletionTimestamp"]).toBeUndefined();
  await space.remove("pods/taken");
});

test("a pod that is kept is there afterwards, and has ended", async () => {
  await using world = createTestWorld();
  const properties = { ...podOf(container("a", "echo a > /kestra/working-dir/a")), outputFiles: ["a"], delete: false };
  const { outputs } = await world.run(podCreate, properties);
  const { name } = outputs!["metadata"] as { name: string };
  const phase = async () => (await space.find(`pods/${name}`))?.status?.["phase"];
  await expect.poll(phase, { timeout: 20_000 }).toBe("Succeeded");
  await space.remove(`pods/${name}`);
});

test("a spec without containers is refused", async () => {
  await using world = createTestWorld();
  const { message } = await world.run(podCreate, { namespace: space.name, spec: { containers: [] } });
  expect(message).toBe("`spec` has no `containers`");
});
