import type { JsonMap } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { CREATED, KEY, type LinearAnswers, startLinear } from "../testing/linear-api.ts";
import { issueCreate } from "./issue-create.ts";

async function create(properties: JsonMap, answers: LinearAnswers = {}) {
  await using linear = await startLinear(answers);
  await using world = createTestWorld();
  const written = {
    token: KEY,
    endpoint: `${linear.url}/graphql`,
    team: "Platform",
    title: "Rates are old",
    ...properties,
  };
  const outcome = await world.run(issueCreate, written);
  const variables = linear.bodies.map((body) => (body as { variables: unknown }).variables);
  return { ...outcome, variables, world };
}

test("an issue is created with the labels of its team and of the workspace", async () => {
  const { outputs, variables } = await create({ description: "As told.", labels: ["Bug", "Rates"] });
  expect(outputs).toEqual({ isSuccess: true, issueId: "i1", issueKey: "PLA-7", issueUrl: CREATED.url });
  expect(variables).toEqual([
    { teams: { name: { eqIgnoreCase: "Platform" } }, labels: { name: { in: ["Bug", "Rates"] } } },
    { input: { teamId: "t1", title: "Rates are old", description: "As told.", labelIds: ["l1", "l3"] } },
  ]);
});

test("a label that isn't there is left out, with a warning", async () => {
  const { state, variables, world } = await create({ labels: ["Nightly"] });
  expect([state, variables[1]]).toEqual(["SUCCESS", { input: { teamId: "t1", title: "Rates are old" } }]);
  expect(world.logs).toContainEqual({
    level: "WARN",
    message: "The issue has no label Nightly: neither the team nor the workspace has it.",
  });
});

test.each([
  [[], 'Linear has no team "Platform" that the token may see.'],
  [[{ id: "t1" }, { id: "t2" }], 'Linear has more than one team "Platform". Give them names that differ.'],
])("with the teams %j nothing is created", async (teams, expected) => {
  const { message, variables } = await create({}, { teams });
  expect(message).toContain(expected);
  expect(variables).toHaveLength(1);
});

test.each([
  ["lin_api_test", "lin_api_test"],
  ["oauth", "Bearer oauth"],
  ["Bearer oauth", "Bearer oauth"],
])("the token %j is sent as %j", async (token, authorization) => {
  expect((await create({ token }, { authorization })).state).toBe("SUCCESS");
});

test.each([
  [
    { answer: { body: { errors: [{ message: "Argument Validation Error" }], data: null } } },
    "Creating an issue for the team Platform at Linear was refused by Linear: Argument Validation Error",
  ],
  [
    { created: { success: false, issue: null } },
    "Creating an issue for the team Platform at Linear was refused without a reason. Try again later.",
  ],
  [
    { answer: { status: 400, body: { errors: [{ message: "Rate limit exceeded" }] } } },
    'Creating an issue for the team Platform at Linear failed with status 400 and the body: {"errors":[{"message":"Rate limit exceeded"}]} — ' +
      "Check the token and its rights. A limit of requests is refused so as well: give the task a `retry` then.",
  ],
])("a refusal is no success (%#)", async (answers, message) => {
  expect(await create({}, answers)).toMatchObject({ state: "FAILED", message });
});

test("no message has the token", async () => {
  const { message, world } = await create({ token: "hidden" });
  expect(message).toContain("status 401");
  expect(JSON.stringify([message, world.logs])).not.toContain("hidden");
});
