import type { JsonMap } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { type GithubAnswers, REPOSITORY, startGithub, TOKEN } from "../testing/github-api.ts";
import { pullCreate } from "./pull-create.ts";

const OUTPUTS = {
  issueUrl: "https://api.github.com/repos/acme/billing/issues/8",
  pullRequestUrl: "https://github.com/acme/billing/pull/8",
};

async function create(properties: JsonMap, answers: GithubAnswers["answers"] = {}) {
  await using github = await startGithub({ answers });
  await using world = createTestWorld();
  const outcome = await world.run(pullCreate, {
    oauthToken: TOKEN,
    endpoint: `${github.url}/`,
    repository: REPOSITORY,
    sourceBranch: "rates",
    targetBranch: "main",
    title: "Update the rates",
    ...properties,
  });
  return { ...outcome, bodies: github.bodies };
}

test("a pull request is created as nobody but its author may change it, and as no draft", async () => {
  const { outputs, bodies } = await create({});
  expect(outputs).toEqual(OUTPUTS);
  expect(bodies).toEqual([
    { title: "Update the rates", head: "rates", base: "main", maintainer_can_modify: false, draft: false },
  ]);
});

test("reviewers are asked once it is there", async () => {
  const { state, bodies } = await create({
    body: "As told.",
    maintainerCanModify: true,
    draft: true,
    reviewers: ["octocat", "hubot"],
  });
  expect(state).toBe("SUCCESS");
  expect(bodies).toEqual([
    {
      title: "Update the rates",
      body: "As told.",
      head: "rates",
      base: "main",
      maintainer_can_modify: true,
      draft: true,
    },
    { reviewers: ["octocat", "hubot"] },
  ]);
});

test("when the reviewers can't be asked, the pull request is told and in the outputs", async () => {
  const refused = { "POST /repos/acme/billing/pulls/8/requested_reviewers": { status: 422 } };
  expect(await create({ reviewers: "nobody" }, refused)).toMatchObject({
    state: "FAILED",
    outputs: OUTPUTS,
    message:
      "The pull request https://github.com/acme/billing/pull/8 is there, but: Asking nobody for a review failed with status 422 and no body — " +
      "Check the names: each must be a collaborator, and not the author.",
  });
});

test("a second pull request between the same branches is refused with what may be the reason", async () => {
  const refused = { "POST /repos/acme/billing/pulls": { status: 422, body: { message: "Validation Failed" } } };
  expect((await create({}, refused)).message).toBe(
    'Creating a pull request in acme/billing failed with status 422 and the body: {"message":"Validation Failed"} — ' +
      "Check that both branches are there and differ, and that there is no pull request between them yet.",
  );
});
