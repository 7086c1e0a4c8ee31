import { expect, test } from "vitest";
import { nearest } from "./nearest.ts";

const LOG = "io.kestra.plugin.core.log.Log";
const FETCH = "io.kestra.plugin.core.log.Fetch";

test.each([
  ["io.kestra.plugin.core.log.Lg", [LOG, FETCH], LOG],
  ["io.kestra.core.tasks.log.Log", [FETCH, LOG], LOG],
  ["messge", ["message", "level"], "message"],
  ["mesasge", ["message", "level"], "message"],
  ["maxattempts", ["maxAttempts"], "maxAttempts"],
  ["my_task", ["my-task", "other"], "my-task"],
  ["zzz", ["message", "level"], undefined],
  ["io.kestra.plugin.loki.Query", ["io.kestra.plugin.core.kv.Get"], undefined],
  ["io.kestra.plugin.aws.s3.Trigger", ["io.kestra.plugin.core.http.Trigger"], undefined],
  ["script.shell.Commands", ["io.kestra.plugin.scripts.shell.Commands"], "io.kestra.plugin.scripts.shell.Commands"],
  ["Log", [FETCH, LOG], LOG],
  ["x", ["y", "id"], undefined],
  ["idd", ["id"], "id"],
  ["x", [], undefined],
])("the nearest name to %s of %j is %s", (name, candidates, expected) => {
  expect(nearest(name, candidates)).toBe(expected);
});
