import { createPostgresStore } from "@capstan/store/postgres";
import { openWay, startPostgresCluster } from "@capstan/store/test-kit";
import { expect, onTestFinished, test } from "vitest";
import { startCommand, temporaryFiles } from "./testing/run-command.ts";

/** A server that waits for something at its start; resolves when its log says so. */
async function startWaiting(database: string, waits: () => Promise<unknown>) {
  const path = await temporaryFiles();
  const { child, ended } = startCommand(["server", "--port", "0", "--data", path("data"), "--database", database]);
  await waits();
  return { child, ended };
}

const TOLD = expect.stringContaining("the server was told to stop while it waited for its database");
/** Far less than the server would wait, and enough for a busy machine, in milliseconds. */
const AT_ONCE_MS = 8_000;

/** That the process ends at once by a signal, in order. */
async function expectEnd({ child, ended }: Awaited<ReturnType<typeof startWaiting>>, signal: NodeJS.Signals) {
  const startedAt = performance.now();
  child.kill(signal);
  expect(await ended).toMatchObject({ exitCode: 0, stdout: "", stderr: TOLD });
  expect(performance.now() - startedAt).toBeLessThan(AT_ONCE_MS);
}

test.each(["SIGTERM", "SIGINT"] as const)(
  "%s ends a server that waits for a database which is away",
  async (signal) => {
    const { child, ended } = await startWaiting("postgres://capstan@127.0.0.1:1/none", async () => undefined);
    const said = new Promise<void>((resolve) => {
      child.stderr.on("data", (text: string) => void (text.includes("does not answer") && resolve()));
    });
    await said;
    await expectEnd({ child, ended }, signal);
  },
);

test("SIGTERM ends a server that waits for a database which says nothing", async () => {
  const cluster = await startPostgresCluster();
  onTestFinished(() => cluster.dispose());
  const way = await openWay(cluster.url);
  onTestFinished(way.close);
  way.fallSilent({ newOnes: true });
  await expectEnd(await startWaiting(way.url, way.connected), "SIGTERM");
});

test("SIGTERM ends a server that stands by for the lock of another process", async () => {
  const cluster = await startPostgresCluster();
  onTestFinished(() => cluster.dispose());
  const store = createPostgresStore({ url: cluster.url });
  await store.start();
  onTestFinished(() => store.stop());
  const path = await temporaryFiles();
  const words = ["server", "--port", "0", "--data", path("data"), "--database", cluster.url];
  const { child, ended, printed } = startCommand(words);
  await printed(/capstan listens on/);
  const startedAt = performance.now();
  child.kill("SIGTERM");
  expect(await ended).toMatchObject({ exitCode: 0 });
  expect(performance.now() - startedAt).toBeLessThan(AT_ONCE_MS);
});
