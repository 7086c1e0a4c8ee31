import { expect, test } from "vitest";
import { runCommand, startCommand, temporaryFiles } from "../testing/run-command.ts";

const FLOW = `id: fired
namespace: company.team
inputs:
  - { id: customer, type: STRING, defaults: nobody }
  - { id: at, type: STRING, required: false }
tasks:
  - id: tell
    type: io.kestra.plugin.core.log.Log
    message: "{{ inputs.customer }} at {{ inputs.at ?? 'no time' }}: {{ trigger }}"
triggers:
  - id: yearly
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "0 0 1 1 *"
    inputs: { customer: from-the-schedule, at: "{{ trigger.date }}" }
    labels: { kind: dated }
  - id: never
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "0 0 1 1 *"
    conditions:
      - type: io.kestra.plugin.core.condition.Expression
        expression: "{{ false }}"
  - id: hook
    type: io.kestra.plugin.core.trigger.Webhook
    key: a-key-of-some-length
  - id: queue
    type: io.kestra.plugin.aws.sqs.Trigger
    queueUrl: http://127.0.0.1:1/1/q
    region: us-east-1
    interval: PT24H
    disabled: true
  - id: wrong
    type: io.kestra.plugin.core.trigger.ScheduleOnDates
    dates: "{{ nothing.there }}"
`;

async function server() {
  const path = await temporaryFiles({
    "fired.yaml": FLOW,
    "event.json": '{"body": {"customer": "Ada"}, "parameters": {"at": ["noon"]}}',
    "list.json": "[1]",
  });
  const started = startCommand(["server", "--port", "0", "--data", path("data")]);
  const [, url = ""] = await started.printed(/capstan listens on (\S+)/);
  const command = (...words: string[]) => runCommand(words, { environment: { CAPSTAN_SERVER: url } });
  expect((await command("flow", "apply", path("fired.yaml"))).exitCode).toBe(0);
  return { command, path };
}

test("a trigger is tried with a sample of its event, and knows nothing of it", async () => {
  const { command, path } = await server();
  const tried = (trigger: string, ...more: string[]) =>
    command("trigger", "test", "company.team", "fired", trigger, ...more);

  const dated = await tried("yearly", "--follow");
  expect(dated.exitCode).toBe(0);
  expect(dated.stdout).toMatch(/from-the-schedule at \d{4}-01-01T00:00:00.*"next":"\d{4}-01-01T/);
  const id = (await tried("yearly")).stdout.trim();
  const execution = JSON.parse((await command("execution", "get", id, "--json")).stdout) as {
    readonly labels: readonly { readonly key: string; readonly value: string }[];
    readonly trigger: { readonly id: string };
  };
  expect(execution.trigger.id).toBe("yearly");
  expect(execution.labels).toContainEqual({ key: "kind", value: "dated" });
  expect(execution.labels).toContainEqual({ key: "system.test", value: "true" });

  expect((await tried("never", "--follow")).exitCode).toBe(0);
  expect((await tried("hook", "--event", path("event.json"), "--follow")).stdout).toContain("Ada at noon: ");
  const queued = await tried("queue", "--follow");
  expect(queued.stdout).toContain('nobody at no time: {"count":1');
  const { stdout } = await command("trigger", "explain", "company.team", "fired", "yearly", "--json");
  expect(JSON.parse(stdout)).not.toHaveProperty("state.executionId");
});

test("what can't be tried says why", async () => {
  const { command, path } = await server();
  const tried = (...words: string[]) => command("trigger", "test", "company.team", "fired", ...words);
  expect(await tried("absent")).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("there is no trigger absent"),
  });
  expect(await tried("wrong")).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("the schedule can't be read"),
  });
  expect(await tried("hook", "--event", path("list.json"))).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("it must hold a map in JSON"),
  });
  expect(await tried("hook", "--event", path("absent.json"))).toMatchObject({ exitCode: 2 });
});

test("triggers are listed, paused and resumed", async () => {
  const { command } = await server();
  const state = async () => (await command("trigger", "list", "--namespace", "company")).stdout;
  const listed = await state();
  expect(listed).toMatch(/^TRIGGER +TYPE +STATE +LAST +NEXT +LAG\n/);
  expect(listed).toMatch(/\ncompany\.team fired yearly +core\.trigger\.Schedule +waits +\d{4}-01-01 /);
  expect(listed).toMatch(/\ncompany\.team fired queue +aws\.sqs\.Trigger +off in its flow/);
  const paused = await command("trigger", "pause", "company.team", "fired", "yearly");
  expect(paused).toMatchObject({ exitCode: 0, stdout: "company.team fired yearly is paused\n" });
  expect(await state()).toMatch(/\ncompany\.team fired yearly +core\.trigger\.Schedule +paused/);
  await command("trigger", "resume", "company.team", "fired", "yearly");
  expect(await state()).toMatch(/\ncompany\.team fired yearly +core\.trigger\.Schedule +waits/);
  expect((await command("trigger", "list", "--namespace", "other")).stderr).toContain("no flow has a trigger");
  expect((await command("trigger", "pause", "company.team", "fired", "absent")).exitCode).toBe(1);
});
