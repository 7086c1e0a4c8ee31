import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { ATTEMPT_NAME, workflow, WORKFLOW, WORKFLOW_FIELDS, WORKFLOWS } from "../testing/clusters.ts";
import { type Answer, reply, type Routes, startService } from "../testing/fake-service.ts";
import { NAME_LENGTH_MAX, submitWorkflow } from "./submit-workflow.ts";
import { TOLD_STEPS_MAX } from "./workflow.ts";

const SUBMIT = `POST ${WORKFLOWS}/submit`;
const CREATE = `POST ${WORKFLOWS}`;
const TAKEN = reply(409, '{"code":6,"message":"workflows.argoproj.io already exists"}');
const seen = (name: string, ...answers: readonly Answer[]): Routes => ({
  [`GET ${WORKFLOWS}/${name}?fields=${WORKFLOW_FIELDS}`]: { answers },
});

async function submit(given: object, routes: Routes) {
  await using service = await startService("Bearer t0ken", routes);
  await using world = createTestWorld({ variables: { file: YAML } });
  const properties = { url: service.url, token: "t0ken", namespace: "ml", pollFrequency: "PT0S", ...given };
  const outcome = await world.run(submitWorkflow, properties);
  const sent = service.received.find(({ method }) => method === "POST");
  return { ...outcome, asked: service.asked, body: sent && (JSON.parse(sent.body) as Record<string, unknown>) };
}

const YAML = `
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: { generateName: hello-, annotations: { a: b } }
spec:
  entrypoint: say
  arguments: { parameters: [{ name: who, value: you }, { name: how, value: "loud" }] }
  templates:
    - name: say
      container: { image: busybox, args: ["{{workflow.parameters.who}}"] }
`;

test("a manifest of a file keeps the expressions of Argo, and gets parameters, a name and labels", async () => {
  const routes = { [CREATE]: { request: z.looseObject({}), answers: [workflow(undefined)] } };
  const given = { manifest: "{{ file }}", parameters: { who: "ann" }, labels: { team: "ml" }, wait: false };
  const { state, body } = await submit(given, routes);
  expect(state).toBe("SUCCESS");
  expect(body).toEqual({
    namespace: "ml",
    workflow: {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Workflow",
      metadata: {
        annotations: { a: "b" },
        name: `hello-${ATTEMPT_NAME}`,
        namespace: "ml",
        labels: { team: "ml", "capstan/attempt": ATTEMPT_NAME },
      },
      spec: {
        entrypoint: "say",
        arguments: {
          parameters: [
            { name: "how", value: "loud" },
            { name: "who", value: "ann" },
          ],
        },
        templates: [{ name: "say", container: { image: "busybox", args: ["{{workflow.parameters.who}}"] } }],
      },
    },
  });
});

test("a manifest that is a map, and how it is to begin and run", async () => {
  const routes = { [CREATE]: { request: z.looseObject({}), answers: [workflow(undefined)] } };
  const manifest = { kind: "Workflow", metadata: { name: "fixed" }, spec: { templates: [] } };
  const { body } = await submit({ manifest, entrypoint: "main", serviceAccount: "me", wait: false }, routes);
  expect(body).toMatchObject({
    workflow: { metadata: { name: `fixed-${ATTEMPT_NAME}` }, spec: { entrypoint: "main", serviceAccountName: "me" } },
  });
});

test.each([
  [{ name: "mine" }, "mine"],
  [{ template: "a".repeat(NAME_LENGTH_MAX) }, `${"a".repeat(NAME_LENGTH_MAX - 11)}-${ATTEMPT_NAME}`],
  [{ template: `${"a".repeat(51)}-b` }, `${"a".repeat(51)}-${ATTEMPT_NAME}`],
])("%j gives the workflow a name that fits", async (given, name) => {
  const routes = { [SUBMIT]: { request: z.looseObject({}), answers: [workflow(undefined)] } };
  const { body } = await submit({ template: "train", wait: false, ...given }, routes);
  expect(body).toMatchObject({ submitOptions: { name } });
  expect(name.length).toBeLessThanOrEqual(NAME_LENGTH_MAX);
});

test.each(["ClusterWorkflowTemplate", "CronWorkflow"])("a %s is submitted as what it is", async (templateKind) => {
  const routes = { [SUBMIT]: { request: z.looseObject({}), answers: [workflow(undefined)] } };
  const { body } = await submit({ template: "train", templateKind, wait: false }, routes);
  expect(body).toMatchObject({ resourceKind: templateKind, resourceName: "train" });
});

test("a workflow that nobody has looked at yet is pending, and one without outputs has none", async () => {
  const routes = {
    [SUBMIT]: { request: z.looseObject({}), answers: [workflow(undefined)] },
    ...seen(WORKFLOW, workflow(undefined), workflow("Succeeded")),
  };
  const { outputs } = await submit({ template: "train" }, routes);
  expect(outputs).toMatchObject({ phase: "Succeeded" });
  expect(outputs).not.toHaveProperty("parameters");
});

test("a task that is given out again finds the workflow that it has submitted before", async () => {
  const routes = {
    [SUBMIT]: { request: z.looseObject({}), answers: [reply(502), TAKEN] },
    ...seen(WORKFLOW, workflow("Running"), workflow("Succeeded")),
  };
  const { outputs, asked } = await submit({ template: "train" }, routes);
  expect(outputs).toMatchObject({ name: WORKFLOW, phase: "Succeeded" });
  expect(asked.filter((route) => route === SUBMIT)).toHaveLength(2);
});

test("a workflow of the same name that something else has submitted fails the task", async () => {
  const other = workflow("Running", {}, { "capstan/attempt": "another" });
  const routes = { [SUBMIT]: { request: z.looseObject({}), answers: [TAKEN] }, ...seen("mine", other) };
  const { message, asked } = await submit({ template: "train", name: "mine" }, routes);
  expect(message).toMatch(/^There is a workflow mine already, which something else has submitted\./);
  expect(asked).toHaveLength(2);
});

test("of many failed steps some are told", async () => {
  const steps = Array.from({ length: TOLD_STEPS_MAX + 1 }, (_, index) => [
    `n${index}`,
    { type: "Pod", displayName: `step${index}`, phase: "Error" },
  ]);
  const routes = {
    [SUBMIT]: { request: z.looseObject({}), answers: [workflow(undefined)] },
    ...seen(WORKFLOW, workflow("Error")),
    [`GET ${WORKFLOWS}/${WORKFLOW}?fields=status.nodes`]: {
      answers: [{ status: { nodes: Object.fromEntries(steps) } }],
    },
  };
  const { message } = await submit({ template: "train" }, routes);
  expect(message).toContain(`ended Error: step0: failed; step1: failed`);
  expect(message!.match(/step\d/g)).toHaveLength(TOLD_STEPS_MAX);
});

test.each([
  [{}, "A workflow needs either `template` or `manifest`, and not both."],
  [
    { template: "a", manifest: { kind: "Workflow" } },
    "A workflow needs either `template` or `manifest`, and not both.",
  ],
  [
    { manifest: { kind: "WorkflowTemplate", spec: {} } },
    "`kind` must be Workflow: templates are submitted by their name",
  ],
  [{ manifest: { kind: "Workflow" } }, "`manifest` is no workflow of Argo: spec"],
  [{ manifest: "just a text" }, "`manifest` is no workflow of Argo"],
  [{ manifest: "a: [" }, "`manifest` is no YAML"],
])("%j is refused before anything is sent", async (given, expected) => {
  const { message, asked } = await submit(given, {});
  expect(message).toContain(expected);
  expect(asked).toEqual([]);
});
