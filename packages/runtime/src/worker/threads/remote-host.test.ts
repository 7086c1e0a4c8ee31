import { expect, test } from "vitest";
import type { FromThread } from "./messages.ts";
import { createRemoteHost } from "./remote-host.ts";

/** A host, and what was posted so far; `next` resolves with what is posted next. */
function setup() {
  const posts: string[][] = [];
  let tell = (_types: string[]) => undefined as void;
  const host = createRemoteHost((messages: readonly FromThread[]) => {
    const types = messages.map(({ type }) => type);
    posts.push(types);
    tell(types);
  });
  const next = () => new Promise<string[]>((resolve) => (tell = resolve));
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { host, posts, next, turn };
}

test("what is said in one turn leaves with it", async () => {
  const { host, posts, turn } = setup();
  host.started("job", 1);
  host.metrics("job", "task", []);
  await turn();
  expect(posts).toEqual([["started", "metrics"]]);
});

test("the beginning of a task that waits for a command leaves with its end, if that comes soon", async () => {
  const { host, posts, next, turn } = setup();
  host.started("short", 1);
  host.started("other", 1);
  host.hold();
  await turn();
  await turn();
  expect(posts).toEqual([]);
  host.ended("short", { state: "SUCCESS" });
  expect(await next()).toEqual(["started", "started", "ended"]);
  expect(posts).toHaveLength(1);
});

test("the beginning of a task whose command takes its time is said before its end", async () => {
  const { host, next } = setup();
  host.started("long", 1);
  host.hold();
  expect(await next()).toEqual(["started"]);
});

test("nothing but beginnings is held", async () => {
  const { host, posts, turn } = setup();
  host.started("short", 1);
  host.ended("other", { state: "SUCCESS" });
  host.hold();
  await turn();
  expect(posts).toEqual([["started", "ended"]]);
});
