import { createMemoryStore, type TriggerRow } from "@capstan/store";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../clock.ts";
import { createRowWriter } from "./row-writer.ts";

const row = (triggerId: string, more: Partial<TriggerRow> = {}): TriggerRow => ({
  tenant: "main",
  namespace: "company",
  flowId: "flow",
  triggerId,
  type: "test",
  disabled: false,
  updatedAt: 0,
  ...more,
});

async function setup() {
  const store = createMemoryStore();
  await store.start();
  const writer = createRowWriter(store, systemClock, pino({ level: "silent" }));
  onTestFinished(() => writer.stop());
  return { store, writer };
}

test("a row that the store refuses for good is refused alone", async () => {
  const { store, writer } = await setup();
  const outcomes = await Promise.allSettled([
    writer.save(row("before")),
    writer.save(row("bad", { memory: { position: 1n as never } })),
    writer.save(row("after")),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(outcomes[1]).toMatchObject({ reason: { code: "store-invalid" } });
  expect(
    (await store.triggers.ofFlow({ tenant: "main", namespace: "company", id: "flow" }))
      .map(({ triggerId }) => triggerId)
      .toSorted(),
  ).toEqual(["after", "before"]);
  await writer.idle();
});

test("of the rows of one trigger the last one holds, also beside a refused one", async () => {
  const { store, writer } = await setup();
  const saved = [writer.save(row("t", { nextDate: 1 })), writer.save(row("t", { nextDate: 2 }))];
  await Promise.allSettled([writer.save(row("bad", { memory: { position: 1n as never } })), ...saved]);
  expect(await store.triggers.ofFlow({ tenant: "main", namespace: "company", id: "flow" })).toEqual([
    row("t", { nextDate: 2 }),
  ]);
});
