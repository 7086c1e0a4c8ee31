import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer as createSecureServer } from "node:tls";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonMap } from "@capstan/model";
import { expect, onTestFinished, test } from "vitest";
import { ALL_WAYS } from "../worker/test-kit/connecting-plugin.ts";
import { testJob, testTask } from "../worker/test-kit/jobs.ts";
import { createRecordingHost } from "../worker/test-kit/recording-host.ts";
import { createThreadWorker, type ThreadWorkerOptions } from "../worker/threads/thread-worker.ts";
import { type EgressRules, NO_EGRESS_RULES } from "./egress-policy.ts";

const fixture = (name: string) => new URL(`../worker/test-kit/${name}`, import.meta.url).href;

async function worker(rules: Partial<EgressRules>, options: Partial<ThreadWorkerOptions> = {}) {
  const directory = await mkdtemp(join(tmpdir(), "egress-test-"));
  const host = createRecordingHost();
  const started = createThreadWorker({
    plugins: [fixture("connecting-plugin.ts")],
    storage: { module: "@capstan/storage", factory: "createMemoryStorage", options: {} },
    egress: { ...NO_EGRESS_RULES, ...rules },
    host,
    directory,
    threads: 1,
    ...options,
  });
  onTestFinished(async () => {
    await started.stop({ graceMs: 0 });
    await rm(directory, { recursive: true, force: true });
  });
  await started.start();
  return async (type: string, properties: JsonMap = {}) => {
    const job = testJob(testTask(type, properties));
    started.submit(job);
    const { state, error } = await host.over(job.key);
    return state === "SUCCESS" ? "SUCCESS" : (error?.message ?? state);
  };
}

/** A server that counts who comes; TLS clients hear nothing they understand, which is an answer all the same. */
async function serve() {
  let connections = 0;
  const server = createServer((_request, response) => response.end("hello"));
  server.on("connection", () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

test.each(ALL_WAYS)("a private address is refused before anything is sent: %s", async (way) => {
  const { port, connections } = await serve();
  const run = await worker({ privateNetworks: "deny" });
  for (const host of ["127.0.0.1", "localhost"])
    expect(await run("test.Connect", { way, host, port })).toMatch(
      new RegExp(`^${host}:${port}.* is no address of the public internet`),
    );
  expect(connections()).toBe(0);
});

test.each(ALL_WAYS.filter((way) => way !== "tls"))("what a list names is reached: %s", async (way) => {
  const { port, connections } = await serve();
  const run = await worker({ privateNetworks: "deny", allow: [`localhost:${port}`] });
  expect(await run("test.Connect", { way, host: "localhost", port })).toBe("SUCCESS");
  // Who connects may know of it before the server does.
  await expect.poll(connections).toBe(1);
  expect(await run("test.Connect", { way, host: "127.0.0.1", port })).toContain("egress.privateNetworks");
});

test("a socket with TLS is let through as one without", async () => {
  const server = createSecureServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const run = await worker({ allow: ["127.0.0.1"] });
  // The server has no certificate: that this is said means that it was spoken to.
  expect(await run("test.Connect", { way: "tls", host: "127.0.0.1", port })).toMatch(/handshake|alert|cipher/i);
});

test("the storage of the platform is reached all the same", async () => {
  const { port, connections } = await serve();
  const storage = {
    module: fixture("distant-storage.ts"),
    factory: "createDistantStorage",
    options: { address: `http://127.0.0.1:${port}/` },
  };
  const run = await worker({ privateNetworks: "deny" }, { storage });
  expect(await run("test.Store")).toBe("SUCCESS");
  await expect.poll(connections).toBe(1);
  expect(await run("test.Connect", { way: "fetch", host: "127.0.0.1", port })).toContain("egress.privateNetworks");
});

test("without rules nothing is guarded", async () => {
  const { port } = await serve();
  const run = await worker({});
  expect(await run("test.Connect", { way: "fetch", host: "127.0.0.1", port })).toBe("SUCCESS");
});
