import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { startLoki, type TestLoki } from "../testing/loki.ts";
import { query } from "./query.ts";

const SECOND = 1_000_000_000n;

async function asked(loki: TestLoki, properties: Record<string, string>) {
  await using world = createTestWorld();
  return await world.run(query, { url: loki.url, ...properties });
}

async function startWithLines(): Promise<TestLoki> {
  const loki = await startLoki();
  await loki.push({ at: 1n, line: "a" }, { at: 10n * SECOND, line: "b" });
  return loki;
}

test.each([
  [9n * SECOND, "1"],
  [11n * SECOND, "2"],
])("values are those of the time asked for", async (at, value) => {
  await using loki = await startWithLines();
  const time = loki.timestamp(at);
  const { outputs } = await asked(loki, { query: `sum(count_over_time({${loki.selector}}[1m]))`, time });
  const timestamp = String(loki.epoch / 1_000 + Number(at / SECOND));
  expect(outputs).toEqual({ resultType: "vector", logs: [{ timestamp, labels: {}, value }] });
});

test("without a time it is now, and no value is no failure", async () => {
  await using loki = await startWithLines();
  const { outputs } = await asked(loki, { query: `sum(count_over_time({${loki.selector}}[1m]))` });
  expect(outputs).toEqual({ resultType: "vector", logs: [] });
});

test("lines are refused with what to ask instead", async () => {
  await using loki = await startWithLines();
  expect((await asked(loki, { query: `{${loki.selector}}` })).message).toBe(
    "The query of Loki failed with status 400 and the body: log queries are not supported as an instant query type, " +
      "please change your query to a range query type",
  );
});
