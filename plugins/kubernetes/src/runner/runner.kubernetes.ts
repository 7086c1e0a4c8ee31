import { chmod, mkdir, readFile, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { workerStop } from "@capstan/sdk";
import { LINE_CHARACTERS_MAX } from "@capstan/sdk/commands";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { newOwner, runCommand as runIn, type RunOptions, temporaryFolder } from "../testing/runner-world.ts";
import { IMAGE, NEVER, type TestNamespace, testNamespace } from "../testing/test-namespace.ts";

let space: TestNamespace;
beforeAll(async () => {
  space = await testNamespace();
});
afterAll(() => space[Symbol.asyncDispose]());
afterEach(async () => {
  const left = (await space.pods()).filter(({ metadata }) => metadata["deletionTimestamp"] === undefined);
  for (const { metadata } of left) await space.remove(`pods/${metadata.name}`);
  if (left.length > 0) throw new Error(`the test has left ${left.length} pods`);
});

const runCommand = (asked: string | readonly string[], options?: RunOptions) => runIn(space.name, asked, options);

/** The pod of the only command that runs. */
async function onlyPod() {
  const pods = await space.pods();
  expect(pods).toHaveLength(1);
  return pods[0]!;
}

const TWO_FILES_LINES = 50_000;
/**
 * Writes more than a node keeps in one file, twice. In between it is quiet, while the node begins another file: a kubelet may leave out for
 * those who follow what is written right then, and a container runtime what is written right before the end.
 */
const TWO_FILES = `n=0; for pause in 8 1; do i=0; while [ $i -lt ${TWO_FILES_LINES / 2} ]; do i=$((i+1)); n=$((n+1)); echo "$n ${"x".repeat(60)}"; done; sleep $pause; done`;

describe("output", () => {
  test("a command has its output, its exit code and nothing of the worker's environment", async () => {
    const folder = await temporaryFolder();
    const env = { GREETING: "two words" };
    const run = await runCommand('echo "$GREETING"; pwd; echo "[$VITEST]"; exit 3', { env, folder });
    expect(await run.ended).toEqual({
      exitCode: 3,
      details: { namespace: space.name, podName: expect.stringMatching(/^nightly-copy-[\da-f]{16}$/) },
    });
    expect(run.lines).toEqual(["stdout: two words", `stdout: ${folder}`, "stdout: []"]);
  });

  test("is there while the command runs, both streams as one", async () => {
    const run = await runCommand("echo begun; echo trouble >&2; sleep 600");
    await run.line("begun");
    await run.line("trouble");
    run.interrupt();
    expect((await run.ended).exitCode).toBe(137);
  });

  test("waits for whoever takes it", async () => {
    const relief = Promise.withResolvers<void>();
    const stalled = Promise.withResolvers<void>();
    const pressure = () => {
      stalled.resolve();
      return relief.promise;
    };
    const run = await runCommand("for n in $(seq 30000); do echo $n; done; echo all; sleep 1", { pressure });
    await stalled.promise;
    expect(run.lines).not.toContain("stdout: all");
    relief.resolve();
    await run.ended;
    expect(run.lines).toHaveLength(30_001);
  });

  test("none is lost that the node has dropped before somebody took it", async () => {
    const relief = Promise.withResolvers<void>();
    const run = await runCommand(TWO_FILES, { pressure: () => relief.promise });
    const hasEnded = async () => JSON.stringify((await space.pods())[0]?.status).includes('"terminated"');
    await expect.poll(hasEnded, { timeout: 60_000 }).toBe(true);
    relief.resolve();
    expect((await run.ended).exitCode).toBe(0);
    expect(run.lines).toHaveLength(TWO_FILES_LINES);
  });

  test("a line longer than the limit is cut", async () => {
    const run = await runCommand(`head -c ${LINE_CHARACTERS_MAX + 10_000} /dev/zero | tr '\\0' x; echo; echo end`);
    await run.ended;
    expect(run.lines.map((line) => line.length - "stdout: ".length)).toEqual([LINE_CHARACTERS_MAX, 3]);
  });

  test("no line is lost or comes twice while the node changes the files of the log", async () => {
    const run = await runCommand(TWO_FILES);
    expect((await run.ended).exitCode).toBe(0);
    const odd = run.lines.findIndex((line, index) => !line.startsWith(`stdout: ${index + 1} `));
    expect(run.lines.slice(odd === -1 ? TWO_FILES_LINES : odd - 2, odd + 3)).toEqual([]);
    expect(run.lines).toHaveLength(TWO_FILES_LINES);
  });
});

describe("files", () => {
  test("the working folder goes in and comes back, under its path", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "deep/er"), { recursive: true });
    await writeFile(join(folder, "deep/er/data.txt"), "before");
    await writeFile(join(folder, "run.sh"), "#!/bin/sh\necho ran $0");
    await chmod(join(folder, "run.sh"), 0o755);
    await writeFile(join(folder, "old.txt"), "old");
    await symlink("deep/er/data.txt", join(folder, "short"));
    const script = `${folder}/run.sh; cat short; echo after >> deep/er/data.txt; rm old.txt; mkdir new; echo x > new/x; ln -s /etc/passwd out`;
    const run = await runCommand(script, { folder, returnsFiles: true });
    expect((await run.ended).exitCode).toBe(0);
    expect(run.lines).toEqual([`stdout: ran ${folder}/run.sh`, "stdout: before"]);
    expect(await readFile(join(folder, "deep/er/data.txt"), "utf8")).toBe("beforeafter\n");
    expect(await readFile(join(folder, "new/x"), "utf8")).toBe("x\n");
    expect((await stat(join(folder, "run.sh"))).mode & 0o111).toBe(0o111);
    expect(await readlink(join(folder, "short"))).toBe("deep/er/data.txt");
    await expect(stat(join(folder, "old.txt"))).rejects.toThrow("ENOENT");
    await expect(readlink(join(folder, "out"))).rejects.toThrow("ENOENT");
    expect(run.logs.join()).toContain("WARN the link out is left");
  });

  test("files come back from a command that failed, and stay where none are wanted", async () => {
    const folder = await temporaryFolder();
    const run = await runCommand("echo a > a; exit 7", { folder, returnsFiles: true });
    expect((await run.ended).exitCode).toBe(7);
    expect(await readFile(join(folder, "a"), "utf8")).toBe("a\n");
    const unwanted = await temporaryFolder();
    await (
      await runCommand("echo a > a", { folder: unwanted })
    ).ended;
    await expect(stat(join(unwanted, "a"))).rejects.toThrow("ENOENT");
  });

  test("a file of many megabytes goes in and out", async () => {
    const folder = await temporaryFolder();
    const bytes = 48 * 1_024 * 1_024;
    await writeFile(join(folder, "in.bin"), Buffer.alloc(bytes, "c"));
    const run = await runCommand("cat in.bin in.bin > out.bin; rm in.bin", { folder, returnsFiles: true });
    await run.ended;
    expect((await stat(join(folder, "out.bin"))).size).toBe(2 * bytes);
  });

  test("are those of whoever the program is", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "mine"), "secret", { mode: 0o600 });
    const properties = { podSecurityContext: { runAsUser: 1_234, runAsGroup: 1_235, runAsNonRoot: true } };
    const run = await runCommand("id -u; cat mine; echo more >> mine", { folder, properties, returnsFiles: true });
    expect((await run.ended).exitCode).toBe(0);
    expect(run.lines).toEqual(["stdout: 1234", "stdout: secret"]);
    expect(await readFile(join(folder, "mine"), "utf8")).toBe("secretmore\n");
  });

  test("carriers get limits, as quotas ask for", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "a"), "1\n");
    const resources = { requests: { cpu: "10m" }, limits: { memory: "32Mi" } };
    const properties = { fileSidecar: { image: IMAGE, resources, defaultSpec: { securityContext: { runAsUser: 7 } } } };
    const run = await runCommand("cat a; echo up; sleep 600", { folder, properties, returnsFiles: true });
    await run.line("up");
    const { spec } = await onlyPod();
    const carrier = { image: IMAGE, resources, securityContext: { runAsUser: 7 } };
    expect(spec).toMatchObject({ initContainers: [carrier], containers: [{ name: "main" }, carrier] });
    run.interrupt();
    await run.ended;
  });
});

describe("the pod", () => {
  test("tells whose it is", async () => {
    const owner = newOwner();
    const properties = { labels: { team: "data" }, annotations: { note: "two words" } };
    const run = await runCommand("echo up; sleep 600", { owner, properties });
    await run.line("up");
    const { metadata, spec } = await onlyPod();
    // If nobody attended to it any more: PT10M until it runs, PT1H until it ends, and a minute.
    expect(spec?.["activeDeadlineSeconds"]).toBe(4_260);
    expect(metadata.labels).toEqual({
      team: "data",
      "capstan.dev/key": expect.stringMatching(/^[\da-f]{40}$/),
      "kestra.io/namespace": "company.team",
      "kestra.io/flow-id": "nightly",
      "kestra.io/execution-id": "execution1",
      "kestra.io/task-id": "copy",
      "kestra.io/taskrun-id": "run1",
      "kestra.io/taskrun-attempt": "1",
    });
    expect(metadata.annotations).toMatchObject({ note: "two words" });
    run.interrupt();
    await run.ended;
  });

  test("has limits, devices, variables, volumes and whatever else is merged into it", async () => {
    const signal = NEVER;
    const path = `/api/v1/namespaces/${space.name}`;
    const named = { metadata: { name: "settings" } };
    const config = {
      apiVersion: "v1",
      kind: "ConfigMap",
      ...named,
      data: { COLOUR: "blue", "file.txt": "from a map" },
    };
    await space.cluster.ask({ method: "POST", path: `${path}/configmaps`, body: config, signal });
    const secret = { apiVersion: "v1", kind: "Secret", ...named, stringData: { token: "hidden" } };
    await space.cluster.ask({ method: "POST", path: `${path}/secrets`, body: secret, signal });
    const properties = {
      resources: { request: { cpu: "50m", memory: "16Mi" }, limit: { memory: "64Mi", cpu: 0.5 } },
      env: [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "settings", key: "token" } } }],
      envFrom: [{ configMapRef: { name: "settings" } }],
      volumes: [{ name: "settings", configMap: { name: "settings" } }],
      volumeMounts: [{ name: "settings", mountPath: "/settings" }],
      securityContext: { runAsUser: 65_534, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
      tolerations: [{ key: "gpu", operator: "Exists" }],
      serviceAccountName: "default",
      containerSpec: { env: [{ name: "ADDED", value: "yes" }] },
      podSpec: {
        hostAliases: [{ ip: "10.0.0.7", hostnames: ["db"] }],
        containers: [{ name: "main", env: [{ name: "GIVEN", value: "other" }] }],
        restartPolicy: "Always",
      },
    };
    const script =
      'echo "$TOKEN $COLOUR $ADDED $GIVEN"; cat /settings/file.txt; echo; id -u; touch /x 2>&1; grep db /etc/hosts; cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max; exit 4';
    const run = await runCommand(script, { properties, env: { GIVEN: "task" } });
    expect((await run.ended).exitCode).toBe(4);
    expect(run.lines).toEqual([
      "stdout: hidden blue yes other",
      "stdout: from a map",
      "stdout: 65534",
      expect.stringContaining("Read-only file system"),
      expect.stringMatching(/10\.0\.0\.7\s+db/),
      `stdout: ${64 * 1_024 * 1_024}`,
    ]);
  });

  test("is kept where it is to be kept", async () => {
    const run = await runCommand("exit 2", { properties: { delete: false }, returnsFiles: true });
    expect((await run.ended).exitCode).toBe(2);
    const { metadata } = await onlyPod();
    await expect.poll(async () => (await onlyPod()).status?.["phase"], { timeout: 20_000 }).toBe("Failed");
    await space.remove(`pods/${metadata.name}`);
  });
});

describe("what goes wrong", () => {
  test("a program that takes too much memory", async () => {
    const run = await runCommand("x=a; while :; do x=$x$x$x$x; done", {
      properties: { resources: { limits: { memory: "32Mi" } } },
    });
    expect(await run.ended).toMatchObject({
      exitCode: 137,
      reason: "it ran out of its memory of 32Mi: give it more by `resources.limit.memory`",
    });
  });

  test.each([
    ["a program that is not there", ["no-such-program"], {}, /^its program did not start: .*no-such-program/],
  ])("%s", async (_name, command, properties, reason) => {
    const run = await runCommand(command, { properties });
    const { exitCode, reason: said } = await run.ended;
    expect(exitCode).not.toBe(0);
    expect(said).toMatch(reason);
  });

  test.each([
    [
      "an image that may not be pulled",
      { image: "registry.local/none:1", pullPolicy: "NEVER" },
      /^the pod nightly-copy-\w+ can't run: its image can't be pulled \(ErrImageNeverPull: .*none:1/,
    ],
    [
      "a name that no image has",
      { image: "Not A Name" },
      /^the pod nightly-copy-\w+ can't run: its image can't be pulled \(InvalidImageName: /,
    ],
    [
      "a registry that is not there",
      { image: "127.0.0.1:1/none:1", waitUntilRunning: "PT3S" },
      /^the pod nightly-copy-\w+ did not start within PT3S: its image can't be pulled \((ErrImagePull|ImagePullBackOff): /,
    ],
    [
      "a GPU that no node has",
      { resources: { limit: { "nvidia.com/gpu": 1 } }, waitUntilRunning: "PT1S" },
      /did not start within PT1S: no node takes it: .*Insufficient nvidia\.com\/gpu/,
    ],
    [
      "a secret that is not there",
      { envFrom: [{ secretRef: { name: "nobody" } }], waitUntilRunning: "PT3S" },
      /its container does not start \(CreateContainerConfigError: secret "nobody" not found\)$/,
    ],
    [
      "a command that takes too long",
      { waitUntilCompletion: "PT1S" },
      /^the pod nightly-copy-\w+ did not end within PT1S$/,
    ],
    ["a namespace that is not there", { namespace: "nowhere" }, /^the cluster says: namespaces "nowhere" not found$/],
    [
      "a label that is none",
      { labels: { "a b": "c" } },
      /^the cluster says: Pod "nightly-copy-\w+" is invalid: metadata\.labels/,
    ],
  ])("%s fails in plain words", async (_name, properties, message) => {
    const run = await runCommand("sleep 600", { properties });
    await expect(run.ended).rejects.toThrow(message);
  });

  test("what keeps a pod from starting is in the log while it waits", async () => {
    const properties = { nodeSelector: { no: "such-node" } };
    const run = await runCommand("sleep 600", { properties });
    await expect
      .poll(() => run.logs.join("\n"), { timeout: 20_000 })
      .toMatch(/WARN The pod nightly-copy-\w+ waits: no node takes it: /);
    run.interrupt();
    await run.ended;
  });

  test("a pod that somebody deletes is lost", async () => {
    const run = await runCommand("trap 'exit 0' TERM; echo up; sleep 600 & wait");
    await run.line("up");
    const { metadata } = await onlyPod();
    await space.remove(`pods/${metadata.name}`);
    await expect(run.ended).rejects.toThrow(`the pod ${metadata.name} was lost: somebody deleted it while it ran`);
  });
});

test("a pod that is evicted says so, and how its program took it", async () => {
  const run = await runCommand("trap 'echo bye; exit 9' TERM; echo up; while :; do sleep 0.05; done", {
    properties: { killGracePeriod: "PT5S" },
  });
  await run.line("up");
  const { metadata } = await onlyPod();
  const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: metadata.name, namespace: space.name } };
  const path = `/api/v1/namespaces/${space.name}/pods/${metadata.name}/eviction`;
  await space.cluster.ask({ method: "POST", path, body, signal: NEVER });
  expect(await run.ended).toMatchObject({
    exitCode: 9,
    reason: expect.stringMatching(/^it was evicted, as when its node is drained: /),
  });
  expect(run.lines.at(-1)).toBe("stdout: bye");
});

describe("a kill", () => {
  test("tells the command to end, and kills it after the grace period", async () => {
    const polite = "trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.05; done";
    const obedient = await runCommand(polite, { properties: { killGracePeriod: "PT5S" } });
    await obedient.line("up");
    obedient.interrupt();
    expect((await obedient.ended).exitCode).toBe(7);
    expect(obedient.lines.at(-1)).toBe("stdout: bye");
    const stubborn = await runCommand("trap '' TERM; echo up; while :; do sleep 0.05; done", {
      properties: { killGracePeriod: "PT1S" },
    });
    await stubborn.line("up");
    stubborn.interrupt();
    expect((await stubborn.ended).exitCode).toBe(137);
  });

  test("before the start leaves nothing", async () => {
    const run = await runCommand("echo never");
    run.interrupt();
    await run.ended.catch(() => undefined);
    expect(run.lines).toEqual([]);
  });

  test("while files go in or the pod waits leaves nothing", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "large.bin"), Buffer.alloc(64 * 1_024 * 1_024));
    const run = await runCommand("echo never", { folder });
    await expect.poll(async () => (await space.pods()).length, { timeout: 20_000 }).toBe(1);
    run.interrupt();
    await run.ended.catch(() => undefined);
    expect(run.lines).toEqual([]);
  });
});

describe("after the loss of its worker", () => {
  /** Begins a command that waits for a file in its pod, and loses its worker. */
  async function lostRun(properties = {}) {
    const owner = newOwner();
    const script = "echo up; until test -e /tmp/go; do sleep 0.05; done; echo result > result.txt; echo done; exit 5";
    const options = { owner, properties, returnsFiles: true };
    const first = await runCommand(script, options);
    await first.line("up");
    const pod = await onlyPod();
    first.interrupt(workerStop());
    return {
      first,
      pod,
      again: async (folder?: string) => runCommand(script, { ...options, ...(folder !== undefined && { folder }) }),
      release: () => space.exec(pod.metadata.name, "main", ["touch", "/tmp/go"]),
    };
  }

  test("the attempt goes on with the pod that it had", async () => {
    const { first, pod, again, release } = await lostRun();
    await expect(first.ended).rejects.toThrow("the worker stops");
    const folder = await temporaryFolder();
    const second = await again(folder);
    await second.line("up");
    expect((await onlyPod()).metadata.uid).toBe(pod.metadata.uid);
    await release();
    expect((await second.ended).exitCode).toBe(5);
    expect(second.lines).toEqual(["stdout: up", "stdout: done"]);
    expect(await readFile(join(folder, "result.txt"), "utf8")).toBe("result\n");
    expect(second.logs[0]).toBe(
      `INFO Attached to pod ${pod.metadata.name} again, which its worker had left: its output follows from the beginning`,
    );
  });

  test("what ended while there was no worker is collected", async () => {
    const { first, pod, again, release } = await lostRun();
    await expect(first.ended).rejects.toThrow("the worker stops");
    await release();
    const ended = async () => JSON.stringify((await space.find(`pods/${pod.metadata.name}`))?.status);
    await expect.poll(ended, { timeout: 20_000 }).toContain('"exitCode":5');
    const second = await again();
    expect((await second.ended).exitCode).toBe(5);
    expect(second.lines).toEqual(["stdout: up", "stdout: done"]);
  });

  test("with `resume: false` the pod ends with its worker, and the attempt starts anew", async () => {
    const { first, pod, again } = await lostRun({ resume: false });
    await first.ended;
    const second = await again();
    await second.line("up");
    const pods = await space.pods();
    expect(pods.map(({ metadata }) => metadata.uid)).not.toContain(pod.metadata.uid);
    second.interrupt();
    await second.ended;
  });

  test("a pod of a trigger ends with its worker, since nobody would ask for it again", async () => {
    const owner = {
      key: `main/e/${Date.now()}`,
      tenant: "main",
      namespace: "company.team",
      flowId: "nightly",
      triggerId: "look",
    };
    const run = await runCommand("echo up; sleep 600", { owner });
    await run.line("up");
    run.interrupt(workerStop());
    await run.ended;
    expect((await space.pods()).filter(({ metadata }) => metadata["deletionTimestamp"] === undefined)).toEqual([]);
  });
});
