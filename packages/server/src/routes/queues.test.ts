import { expect, test } from "vitest";
import { NOW, setup } from "../testing/setup.ts";

const common = { running: 1, waiting: 0, holders: ["one"], next: [] };
const states = [
  {
    ...common,
    kind: "CONCURRENCY",
    where: { namespace: "company.team", flowId: "hello" },
    key: "ada",
    limit: 1,
    waiting: 2,
    next: ["two", "three"],
    since: NOW,
  },
  {
    ...common,
    kind: "QUOTA",
    where: { namespace: "company" },
    holders: [],
    waiting: 1,
    window: { durationMs: 3_600_000, endsAt: NOW + 1_000 },
  },
  { ...common, kind: "TASKS", where: {}, taskType: "test.Echo", limit: 5 },
] as const;

test("limits at work are listed with who has a place, who comes next, and when", async () => {
  const { call, queues } = await setup();
  queues.push(...states);
  expect((await call("GET", "/queues/search")).json).toEqual({
    results: [
      {
        kind: "CONCURRENCY",
        namespace: "company.team",
        flowId: "hello",
        key: "ada",
        limit: 1,
        running: 1,
        waiting: 2,
        holders: ["one"],
        next: ["two", "three"],
        waitingSince: "2026-01-02T03:04:05.000Z",
      },
      {
        kind: "QUOTA",
        namespace: "company",
        running: 1,
        waiting: 1,
        holders: [],
        next: [],
        window: { duration: "PT1H", endsAt: "2026-01-02T03:04:06.000Z" },
      },
      { kind: "TASKS", taskType: "test.Echo", limit: 5, running: 1, waiting: 0, holders: ["one"], next: [] },
    ],
    total: 3,
  });
});

test.each([
  ["namespace=company", ["CONCURRENCY", "QUOTA"]],
  ["namespace=company.team", ["CONCURRENCY"]],
  ["namespace=comp", []],
  ["flowId=hello", ["CONCURRENCY"]],
  ["waiting=true", ["CONCURRENCY", "QUOTA"]],
  ["size=1&page=2", ["QUOTA"]],
])("a list is narrowed by %s", async (query, kinds) => {
  const { call, queues } = await setup();
  queues.push(...states);
  const { json } = await call("GET", `/queues/search?${query}`);
  expect((json as { results: { kind: string }[] }).results.map(({ kind }) => kind)).toEqual(kinds);
});

test("a page that is none is refused, and so is who may not look", async () => {
  const { call } = await setup();
  expect((await call("GET", "/queues/search?page=0")).status).toBe(422);
  const guarded = await setup({ authentication: { tokens: ["t".repeat(20)] } });
  expect((await guarded.call("GET", "/queues/search")).status).toBe(401);
});
