import { expect, test } from "vitest";
import { flowWorld, runOf } from "../testing/flow-world.ts";
import { sourceOf } from "../testing/semantics.ts";

const log = (id: string, format: string) => `{id: ${id}, type: core.debug.Return, format: "${format}"}`;

const world = flowWorld({}, () => [
  sourceOf(
    "release",
    `inputs: [{id: rule, type: STRING, defaults: ON_DENY}]
tasks:
  - id: ask
    type: core.flow.Approval
    commentRequired: "{{ inputs.rule }}"
    denyBehavior: "{{ outputs.ask.inputs.urgent ? 'WARN' : 'CANCEL' }}"
    inputs: [{id: urgent, type: BOOL}, {id: window, type: STRING, defaults: night}]
    onWait: [${log("told", "{{ kestra.url }}")}]
    onApprove: [${log("yes", "{{ outputs.ask.decision }} {{ outputs.ask.inputs.window }} {{ outputs.ask.url }}")}]
    onDeny: [${log("no", "{{ outputs.ask.comment }} by {{ outputs.ask.by }}")}]
  - ${log("last", "{{ outputs.ask.comment ?? 'silent' }}")}`,
  ),
  sourceOf(
    "both",
    `tasks:
  - id: par
    type: core.flow.Parallel
    tasks:
      - {id: a, type: core.flow.Approval, inputs: [{id: reason, type: STRING}]}
      - {id: b, type: core.flow.Approval}`,
  ),
]);

const review = (id: string, decision: "APPROVED" | "DENIED", more: object = {}) =>
  world().runtime.executions.review("main", id, { decision, ...more });

test("an approval takes its inputs, and its tasks read what was decided", async () => {
  const id = await world().start("release");
  await world().reached(id, "PAUSED");
  const { executions } = world().runtime;
  await expect(executions.resume("main", id)).rejects.toMatchObject({
    status: 409,
    message: `the execution ${id} waits for a review of "ask": approve or deny it`,
  });
  await expect(executions.restart("main", id)).rejects.toMatchObject({ status: 409 });
  await expect(review(id, "APPROVED")).rejects.toMatchObject({ status: 422 });
  expect(await executions.checkReviewInputs("main", id, undefined, { urgent: "true" })).toMatchObject({
    inputs: [
      { input: { id: "urgent" }, value: true },
      { input: { id: "window" }, value: "night" },
    ],
  });
  await review(id, "APPROVED", { inputs: { urgent: "true" } });
  const ended = await world().ended(id);
  expect(ended.row.state).toBe("SUCCESS");
  expect(runOf(ended, "told").outputs).toEqual({ value: "https://flows.example" });
  expect(runOf(ended, "yes").outputs).toEqual({
    value: `APPROVED night https://flows.example/ui/main/executions/io.kestra.tests/release/${id}`,
  });
  expect(runOf(ended, "last").outputs).toEqual({ value: "silent" });
});

test("an approval that wants a comment gets one, and what follows may depend on what was entered", async () => {
  const id = await world().start("release");
  await world().reached(id, "PAUSED");
  await expect(review(id, "DENIED", { comment: " ", inputs: { urgent: true } })).rejects.toMatchObject({
    status: 422,
    message: 'the approval "ask" wants a comment: say why',
  });
  await review(id, "DENIED", { comment: "too late", by: "ada", inputs: { urgent: true } });
  const ended = await world().ended(id);
  expect(ended.row.state).toBe("WARNING");
  expect(runOf(ended, "no").outputs).toEqual({ value: "too late by ada" });
  await expect(review(id, "APPROVED")).rejects.toMatchObject({ status: 409 });
});

test.each(["ALWAYS", "ON_APPROVE"])("a comment is wanted of who approves with %s", async (rule) => {
  const id = await world().start("release", { inputs: { rule } });
  await world().reached(id, "PAUSED");
  await expect(review(id, "APPROVED", { inputs: { urgent: true } })).rejects.toMatchObject({ status: 422 });
  await world().runtime.executions.kill("main", id);
});

test("of several approvals, the one that is meant is named", async () => {
  const id = await world().start("both");
  await world().reached(id, "PAUSED");
  const { taskRuns } = (await world().runtime.executions.get("main", id))!;
  const [a, b] = ["a", "b"].map((name) => taskRuns.find(({ taskId }) => taskId === name)!.id);
  await expect(review(id, "APPROVED")).rejects.toMatchObject({
    status: 422,
    message: `2 approvals wait: name the task run, one of ${a} (a), ${b} (b)`,
  });
  await expect(review(id, "APPROVED", { taskRunId: "absent" })).rejects.toMatchObject({ status: 404 });
  await review(id, "APPROVED", { taskRunId: b });
  await expect(review(id, "APPROVED", { taskRunId: b })).rejects.toMatchObject({ status: 409 });
  await review(id, "APPROVED", { inputs: { reason: "because" } });
  const ended = await world().ended(id);
  expect(ended.row.state).toBe("SUCCESS");
  expect(runOf(ended, "a").outputs).toMatchObject({ decision: "APPROVED", inputs: { reason: "because" } });
});
