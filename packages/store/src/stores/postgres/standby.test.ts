import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { execution, TENANT } from "../../conformance/fixtures.ts";
import { startWriting } from "../../conformance/writing-process.ts";
import type { Member } from "../../members.ts";
import { createPostgresMembership } from "./membership.ts";
import { createPostgresStore } from "./postgres-store.ts";
import { type PostgresCluster, startPostgresCluster } from "./testing/cluster.ts";

const CHILD = fileURLToPath(new URL("./lead-forever.child.ts", import.meta.url));
/** Short where a lease is to end, and beyond the patience of a test where none may. */
const LEASE_MS = 2_000;
const LONG_LEASE_MS = 120_000;
const PATIENCE = { timeout: 60_000, interval: 20 };

async function setup(): Promise<PostgresCluster> {
  const cluster = await startPostgresCluster();
  onTestFinished(() => cluster.dispose());
  return cluster;
}

/** A store of a member that waits for its turn, and whether it waits or was put out. */
function standingBy(url: string, member: string, leaseMs = LEASE_MS) {
  const heard: string[] = [];
  const store = createPostgresStore({
    url,
    standby: { member, leaseMs, onWait: () => heard.push("waits") },
    onFailure: ({ code }) => heard.push(code),
  });
  const opened = store.start();
  opened.catch(() => undefined); // Who waits for it is told; a test may end before its turn comes.
  onTestFinished(() => store.stop());
  return { store, heard, opened };
}

function member(url: string, id: string, leaseMs = LEASE_MS, roles: Member["roles"] = ["executor"]) {
  const membership = createPostgresMembership({
    url,
    schema: "capstan",
    self: { id, name: id, version: "1.0.0", roles },
    fingerprint: `fingerprint of ${id}`,
    leaseMs,
  });
  membership.start();
  onTestFinished(() => membership.stop());
  return membership;
}

function startLeading(cluster: PostgresCluster, name: string) {
  const writing = startWriting(CHILD, cluster.url, name, String(LEASE_MS));
  onTestFinished(() => void writing.child.kill("SIGKILL"));
  return writing;
}

/** Acknowledged units that are not there. */
async function missing(cluster: PostgresCluster, acknowledged: readonly string[]): Promise<readonly string[]> {
  const rows = await cluster.query<{ id: string }>("SELECT id FROM executions");
  const present = new Set(rows.map(({ id }) => id));
  return acknowledged.filter((id) => !present.has(id));
}

test("one that stands by opens the database when the one that leads leaves", async () => {
  const { url } = await setup();
  const first = standingBy(url, "first");
  await first.opened;
  expect(first.heard).toEqual([]);
  const second = standingBy(url, "second");
  await expect.poll(() => second.heard, PATIENCE).toEqual(["waits"]);
  await expect(second.store.commit({})).rejects.toMatchObject({ code: "store-closed" });
  await first.store.commit({ executions: [execution("e1")] });
  await first.store.stop();
  await second.opened;
  expect((await second.store.executions.get(TENANT, "e1"))?.id).toBe("e1");
  await second.store.commit({ executions: [execution("e2")] });
});

test("one that stands by can be stopped", async () => {
  const { url } = await setup();
  await standingBy(url, "first").opened;
  const second = standingBy(url, "second");
  const refused = second.opened.catch((error: unknown) => error);
  await expect.poll(() => second.heard, PATIENCE).toEqual(["waits"]);
  await second.store.stop();
  expect(await refused).toMatchObject({ code: "store-closed" });
});

test("a leader that is killed is followed by one that stands by, and nothing acknowledged is lost", async () => {
  const cluster = await setup();
  const writing = startLeading(cluster, "r00");
  await writing.started;
  const second = standingBy(cluster.url, "second");
  await expect.poll(() => second.heard, PATIENCE).toEqual(["waits"]);
  const acknowledged = await writing.kill();
  await second.opened;
  expect(await missing(cluster, acknowledged)).toEqual([]);
});

test("a leader that is stopped for longer than its lease is put out, and commits nothing when it goes on", async () => {
  const cluster = await setup();
  const writing = startLeading(cluster, "r00");
  await writing.started;
  const membership = member(cluster.url, "second");
  const leaders: (string | undefined)[] = [];
  membership.onLeader(({ address, isFormerLost }) => leaders.push(isFormerLost ? "lost" : address));
  await expect.poll(() => leaders, PATIENCE).toEqual([undefined, "http://r00:1"]);
  const second = standingBy(cluster.url, "second");
  await expect.poll(() => second.heard, PATIENCE).toEqual(["waits"]);
  const ended = once(writing.child, "exit");
  writing.child.kill("SIGSTOP");
  await second.opened;
  const before = await cluster.query<{ id: string }>("SELECT id FROM executions");
  expect((await membership.members()).find(({ id }) => id === "r00")).toMatchObject({ isLost: true });
  await expect.poll(() => leaders, PATIENCE).toEqual([undefined, "http://r00:1", "lost"]);
  await second.store.commit({ executions: [execution("e2")] });
  writing.child.kill("SIGCONT");
  expect((await ended)[0]).toBe(3);
  expect(await cluster.query("SELECT id FROM executions")).toHaveLength(before.length + 1);
});

test("a leader keeps its lead when the clock of the database is set ahead", async () => {
  const cluster = await setup();
  const first = standingBy(cluster.url, "first");
  await first.opened;
  member(cluster.url, "first").announce({ state: "LEADING" });
  const second = standingBy(cluster.url, "second");
  await expect.poll(() => second.heard, PATIENCE).toEqual(["waits"]);
  const until = performance.now() + 2 * LEASE_MS;
  const setAhead =
    "UPDATE members SET seen_at = seen_at - interval '1 hour' WHERE seen_at > clock_timestamp() - interval '1 minute'";
  while (performance.now() < until) await cluster.query(setAhead);
  await first.store.commit({ executions: [execution("e1")] });
  expect(first.heard).toEqual([]);
});

test("a leader that is stopped is put out after its lease, though the clock of the database is set back", async () => {
  const cluster = await setup();
  const writing = startLeading(cluster, "r00");
  await writing.started;
  const second = standingBy(cluster.url, "second");
  await expect.poll(() => second.heard, PATIENCE).toEqual(["waits"]);
  writing.child.kill("SIGSTOP");
  await cluster.query("UPDATE members SET seen_at = seen_at + interval '1 hour'");
  await second.opened;
});

test("a leader keeps its lead over a restart of the database", async () => {
  const cluster = await setup();
  const first = standingBy(cluster.url, "first", LONG_LEASE_MS);
  await first.opened;
  const leading = member(cluster.url, "first", LONG_LEASE_MS);
  const waiting = member(cluster.url, "second", LONG_LEASE_MS);
  const second = standingBy(cluster.url, "second", LONG_LEASE_MS);
  leading.announce({ state: "LEADING" });
  waiting.announce({ state: "STANDBY" });
  const states = async () => (await waiting.members()).map(({ id, state }) => `${id} ${state}`);
  await expect.poll(() => states().catch(() => []), PATIENCE).toEqual(["first LEADING", "second STANDBY"]);
  await expect.poll(() => second.heard, PATIENCE).toEqual(["waits"]);
  await cluster.crash();
  await cluster.start();
  const unit = { executions: [execution("e1")] };
  await expect.poll(() => first.store.commit(unit).then(() => "kept", String), PATIENCE).toBe("kept");
  await expect.poll(() => second.heard, PATIENCE).toEqual(["waits", "waits"]);
  await first.store.commit({ executions: [execution("e2")] });
  expect(first.heard).toEqual([]);
});

test("members see each other, who leads, and that one has left", async () => {
  const { url } = await setup();
  await standingBy(url, "first").opened;
  const first = member(url, "first");
  const second = member(url, "second");
  const leaders: (string | undefined)[] = [];
  second.onLeader(({ address, isFormerLost }) => leaders.push(isFormerLost ? "lost" : address));
  second.announce({ state: "STANDBY", address: "http://[fd00::2]:80" });
  first.announce({ state: "LEADING", address: "http://10.0.0.1:80" });
  await expect.poll(() => leaders, PATIENCE).toEqual([undefined, "http://10.0.0.1:80"]);
  const seen = (): Promise<readonly Member[]> => second.members();
  await expect.poll(async () => (await seen()).length, PATIENCE).toBe(2);
  const about = {
    version: "1.0.0",
    roles: ["executor"],
    startedAt: expect.any(Number),
    silentMs: expect.any(Number),
    isLost: false,
  };
  expect(await seen()).toEqual([
    { id: "first", name: "first", address: "http://10.0.0.1:80", state: "LEADING", ...about },
    { id: "second", name: "second", address: "http://[fd00::2]:80", state: "STANDBY", ...about },
  ]);
  expect(["first", "second", "third"].map((id) => second.isFingerprint(`fingerprint of ${id}`))).toEqual([
    true,
    true,
    false,
  ]);
  const hosts = ["10.0.0.1", "::ffff:10.0.0.1", "fd00::2", "10.0.0.2"];
  expect(hosts.map((host) => second.isHost(host))).toEqual([true, true, true, false]);
  await first.stop();
  await expect.poll(() => leaders, PATIENCE).toEqual([undefined, "http://10.0.0.1:80", undefined]);
  expect((await seen()).map(({ id }) => id)).toEqual(["second"]);
});

test("one that never leads is a member once somebody who leads has made the tables, and is seen with its roles", async () => {
  const { url } = await setup();
  const serving = member(url, "serving", LEASE_MS, ["webserver", "worker"]);
  let hasJoined = false;
  void serving.joined.then(() => (hasJoined = true));
  serving.announce({ state: "SERVING", address: "http://10.0.0.3:80" });
  await expect(serving.members()).rejects.toMatchObject({ code: expect.stringMatching(/^store-/) });
  expect(hasJoined).toBe(false);
  await standingBy(url, "first").opened;
  await serving.joined;
  expect(await serving.members()).toMatchObject([{ id: "serving", state: "SERVING", roles: ["webserver", "worker"] }]);
});
