import { expect, test } from "vitest";
import { runCommand } from "../testing/run-command.ts";

const SLACK = "io.kestra.plugin.slack.notifications.SlackIncomingWebhook";

test("types are listed by what their names or titles have, with their kind", async () => {
  const byTitle = await runCommand(["plugin", "list", "SLACK channel"]);
  expect(byTitle.stdout).toContain("\nslack.notifications.SlackExecution ");
  const slack = await runCommand(["plugin", "list", "slack"]);
  expect(slack.stdout).toMatch(/^TYPE +KIND +WHAT IT DOES\n/);
  expect(slack.stdout).toMatch(
    /\nslack\.notifications\.SlackIncomingWebhook +task +Post a message to a Slack channel\n/,
  );
  expect((await runCommand(["plugin", "list", "--kind", "taskRunner"])).stdout).toMatch(
    /\ncore\.runner\.Process +taskRunner +/,
  );
});

test("as JSON each type has its names and its kind", async () => {
  const { stdout } = await runCommand(["plugin", "list", "--json"]);
  const types = JSON.parse(stdout) as { readonly type: string; readonly kind: string }[];
  expect(types.find(({ type }) => type === SLACK)).toEqual({
    type: SLACK,
    aliases: [
      "io.kestra.plugin.slack.SlackIncomingWebhook",
      "io.kestra.plugin.notifications.slack.SlackIncomingWebhook",
    ],
    kind: "task",
    title: "Post a message to a Slack channel",
    deprecated: false,
    source: "native",
  });
  expect(new Set(types.map(({ type }) => type)).size).toBe(types.length);
  expect(new Set(types.map(({ kind }) => kind))).toEqual(
    new Set(["task", "trigger", "condition", "taskRunner", "other"]),
  );
});

test.each(["slack.SlackIncomingWebhook", SLACK])("the type %s is told of", async (name) => {
  const { exitCode, stdout } = await runCommand(["plugin", "doc", name]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^slack\.notifications\.SlackIncomingWebhook {2}task\nPost a message to a Slack channel\n/);
  expect(stdout).toMatch(/\nProperties\n {2}url {2}text, required, expressions\n {6}Address of the incoming webhook/);
  expect(stdout).toContain(
    "\nExamples\n  Tell that a flow is done:\n\n    id: tell\n    type: io.kestra.plugin.slack.",
  );
  for (const line of stdout.split("\n").filter((one) => one.startsWith("      ")))
    expect(line.length).toBeLessThanOrEqual(120);
});

test("a type that is not installed is none, and the nearest name is told", async () => {
  expect(await runCommand(["plugin", "doc", "core.log.Lgo"])).toMatchObject({
    exitCode: 1,
    stdout: "",
    stderr: "no type core.log.Lgo is installed — did you mean core.log.Log?\n",
  });
  expect((await runCommand(["plugin", "list", "no-such-type"])).stderr).toBe(
    "no such type is installed — capstan plugin list shows all\n",
  );
});
