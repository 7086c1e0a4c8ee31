import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BUILD_MS_MAX, startOpa } from "../testing/opa.ts";
import { evaluate } from "./evaluate.ts";
import { upload } from "./upload.ts";

const TOKEN = "opa-test-token";
const POLICY = `package NAME.guardrails

deny contains msg if {
  some f in input.files
  f.replicas < 2
  msg := sprintf("%s: too few replicas", [f.path])
}

allow if count(deny) == 0

noted if {
  trace("looked at it")
  input.files
}
`;
const INPUT = { files: [{ path: "k8s/deploy.yaml", replicas: 1 }] };

let opa: Awaited<ReturnType<typeof startOpa>>;
beforeAll(async () => {
  opa = await startOpa(TOKEN);
}, BUILD_MS_MAX);
afterAll(async () => {
  await opa[Symbol.asyncDispose]();
});

async function run(task: TaskDefinition, properties: JsonMap) {
  await using world = createTestWorld();
  return { ...(await world.run(task, { url: opa.url, token: TOKEN, ...properties })), world };
}

/** Each test has a package of its own. */
async function uploaded(name: string) {
  return run(upload, { policyId: `${name}/rules.rego`, policy: POLICY.replace("NAME", name) });
}

test("a policy is uploaded, and decides", async () => {
  expect((await uploaded("ci")).outputs).toEqual({ policyId: "ci/rules.rego" });
  const { outputs } = await run(evaluate, { policyPath: "ci/guardrails", input: INPUT });
  expect(outputs).toMatchObject({ defined: true, result: { deny: ["k8s/deploy.yaml: too few replicas"] } });
  expect(outputs!["decisionId"]).toMatch(/^[\da-f-]{36}$/);
  expect(outputs).not.toHaveProperty("metrics");
});

test.each(["/one/guardrails/allow", "one/guardrails/allow/"])("one rule is asked for as %s", async (policyPath) => {
  await uploaded("one");
  const input = { files: [{ path: "a", replicas: 2 }] };
  expect((await run(evaluate, { policyPath, input })).outputs).toMatchObject({ defined: true, result: true });
});

test.each([
  ["two/guardrails/allow", INPUT],
  ["none/at/all", undefined],
])("that no rule decides %s is no failure", async (policyPath, input) => {
  await uploaded("two");
  const { state, outputs } = await run(evaluate, { policyPath, ...(input !== undefined && { input }) });
  expect([state, outputs!["defined"]]).toEqual(["SUCCESS", false]);
  expect(outputs).not.toHaveProperty("result");
});

test("OPA tells how long it took, and explains itself", async () => {
  await uploaded("three");
  const properties = { policyPath: "three/guardrails/noted", input: INPUT, metrics: true, explain: "notes" };
  const { outputs } = await run(evaluate, properties);
  expect(outputs!["metrics"]).toHaveProperty("timer_rego_query_eval_ns");
  expect(JSON.stringify(outputs!["explanation"])).toContain("looked at it");
});

test("a policy with a mistake is refused with its place, and the old one stays", async () => {
  await uploaded("four");
  const { message } = await run(upload, {
    policyId: "four/rules.rego",
    policy: "package four.guardrails\n\nallow := \n",
  });
  expect(message).toContain("Uploading the policy four/rules.rego failed with status 400");
  expect(message).toContain("rego_parse_error");
  expect(message).toContain("`errors` says where");
  const { outputs } = await run(evaluate, { policyPath: "four/guardrails/deny", input: INPUT });
  expect(outputs).toMatchObject({ defined: true });
});

test.each([undefined, "opa-other-token"])("with the token %j nothing is told", async (token) => {
  const { message, world } = await run(evaluate, { policyPath: "ci", token: token ?? "" });
  expect(message).toMatch(/failed with status 40[13]/);
  expect(JSON.stringify([message, world.logs])).not.toContain("opa-other-token");
});

test.each([
  [evaluate, { policyPath: "" }, "`policyPath` is empty"],
  [evaluate, { policyPath: "ci/../system" }, '`policyPath` is ".."'],
  [upload, { policyId: "", policy: POLICY }, "`policyId` is empty"],
])("a path that leads elsewhere is not asked for (%#)", async (task, properties, message) => {
  await using server = await startServer((_request, response) => response.end("{}"));
  expect((await run(task, { ...properties, url: server.url })).message).toContain(message);
  expect(server.received).toEqual([]);
});

test("a server that isn't OPA is told as such", async () => {
  await using server = await startServer((_request, response) => response.end("<html>"));
  expect((await run(evaluate, { policyPath: "ci", url: server.url })).message).toContain(
    "check that the address is that of the API",
  );
});
