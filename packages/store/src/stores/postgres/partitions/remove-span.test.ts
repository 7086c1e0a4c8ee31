import { idOf } from "@capstan/engine";
import pg from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { execution, TENANT } from "../../../conformance/fixtures.ts";
import type { Span, Store } from "../../../store.ts";
import { createPostgresStore } from "../postgres-store.ts";
import { type PostgresCluster, startPostgresCluster } from "../testing/cluster.ts";
import { DAY_MS } from "../../../days.ts";

const D0 = Date.UTC(2026, 10, 26);
const ALL = [{ endBefore: D0 + 100 * DAY_MS }];

let cluster: PostgresCluster;
let schemas = 0;

beforeAll(async () => {
  cluster = await startPostgresCluster();
});
afterAll(() => cluster.dispose());

/** A store with one ended execution in each of three days, on the last of them. */
async function setup() {
  const schema = `test_${(schemas += 1)}`;
  let now = D0;
  const clock = { now: () => now, setTimer: () => () => undefined };
  const store = createPostgresStore({ url: cluster.url, schema, clock });
  await store.start();
  onTestFinished(() => store.stop());
  for (let day = 0; day < 3; day += 1) await store.commit({ executions: [ended(D0 + day * DAY_MS)] });
  now = D0 + 2 * DAY_MS + 5;
  const connect = async () => {
    const host = new URL(cluster.url).searchParams.get("host")!;
    const client = new pg.Client({ host, user: "capstan", database: "postgres", options: `-c search_path=${schema}` });
    await client.connect();
    onTestFinished(() => client.end());
    return client;
  };
  return { store, connect, schema };
}

function ended(time: number) {
  return execution(idOf(time, 0, 0), { start: time, state: "FAILED" });
}

async function spansOf(store: Store): Promise<readonly string[]> {
  return (await store.expiry.spans()).map(({ name }) => name);
}

test("days that are not over stay, whatever is in them", async () => {
  const { store } = await setup();
  const [first, , today] = (await store.expiry.spans()) as [Span, Span, Span];
  expect(await store.expiry.removeSpan(today, ALL)).toBeUndefined();
  expect(await store.expiry.removeSpan(first, ALL)).toMatchObject({ executions: 1 });
  expect((await spansOf(store)).slice(0, 2)).toEqual(["20261127", "20261128"]);
});

test("a day that is read is dropped once nobody reads it, and commits go on meanwhile", async () => {
  const { store, connect } = await setup();
  const [first] = (await store.expiry.spans()) as [Span];
  const reader = await connect();
  await reader.query("BEGIN; SELECT count(*) FROM logs");
  const removed = store.expiry.removeSpan(first, ALL);
  for (let number = 1; number < 20; number += 1) {
    await store.commit({ executions: [ended(D0 + 2 * DAY_MS + number)] });
  }
  expect(await spansOf(store)).toContain("20261126");
  await reader.query("ROLLBACK");
  expect(await removed).toMatchObject({ executions: 1 });
  expect(await spansOf(store)).not.toContain("20261126");
});

test("an execution that is changed while its day waits to be dropped is kept", async () => {
  const { store, connect } = await setup();
  const [first] = (await store.expiry.spans()) as [Span];
  const writer = await connect();
  await writer.query("BEGIN; UPDATE executions SET end_date = NULL, state = 'RESTARTED'");
  const removed = store.expiry.removeSpan(first, ALL);
  await writer.query("COMMIT");
  expect(await removed).toBeUndefined();
  expect(await store.executions.get(TENANT, idOf(D0, 0, 0))).toBeDefined();
});

test("a store that stops gives up what it was dropping, and the next one can do it", async () => {
  const { store, connect } = await setup();
  const [first] = (await store.expiry.spans()) as [Span];
  const reader = await connect();
  await reader.query("BEGIN; SELECT count(*) FROM executions");
  const removed = store.expiry.removeSpan(first, ALL).catch((error: unknown) => error);
  await store.stop();
  expect(await removed).toBeInstanceOf(Error);
  await reader.query("ROLLBACK");
  await store.start();
  expect(await store.expiry.removeSpan(first, ALL)).toMatchObject({ executions: 1 });
});

test("lists of failures forget those that are gone", async () => {
  const { store, schema } = await setup();
  const [first] = (await store.expiry.spans()) as [Span];
  await store.expiry.removeSpan(first, ALL);
  expect(await cluster.query(`SELECT of_id FROM ${schema}.unhappy_executions`)).toHaveLength(2);
});
