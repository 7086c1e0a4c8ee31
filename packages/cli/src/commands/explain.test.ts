import { expect, test } from "vitest";
import { runCommand, startCommand, temporaryFiles } from "../testing/run-command.ts";

const FLOW = `id: decide
namespace: company.team
inputs: [{ id: key, type: SECRET, defaults: hunter2 }]
tasks:
  - id: first
    type: io.kestra.plugin.core.debug.Return
    format: "no"
  - id: tell
    type: io.kestra.plugin.core.log.Log
    message: hi
    runIf: "{{ outputs.first.value == 'yes' and inputs.key == 'x' }}"
  - id: wait
    type: io.kestra.plugin.core.flow.Pause
triggers:
  - id: daily
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "0 9 * * *"
    disabled: true
`;

test("a person sees what an execution waits for, why a task was skipped, who acted, and why a trigger is silent", async () => {
  const path = await temporaryFiles({
    "decide.yaml": FLOW,
    "c.yaml": "server:\n  basicAuth: { username: ada, password: secret-word }\n",
  });
  const words = ["server", "--port", "0", "--data", path("data"), "--config", path("c.yaml")];
  const server = startCommand([...words, "--flows", path("decide.yaml")]);
  const [, url = ""] = await server.printed(/capstan listens on (\S+)/);
  const environment = { CAPSTAN_SERVER: url, CAPSTAN_USER: "ada:secret-word" };
  const command = (...asked: string[]) => runCommand(asked, { environment });
  const id = (await command("execution", "start", "company.team", "decide")).stdout.trim();

  const explained = await command("execution", "explain", id);
  expect(explained.exitCode, explained.stderr).toBe(0);
  expect(explained.stdout).toMatch(/^PAUSED company\.team\.decide since /);
  expect(explained.stdout).toMatch(/\nwaits for\n {2}wait: somebody to resume it /);
  expect(explained.stdout).toMatch(/ ago {2}tell +- SKIPPED from CREATED +its runIf does not hold · \{\{ outputs/);
  expect(explained.stdout).toContain('outputs.first.value = "no"');
  expect(explained.stdout).toContain("inputs.key = ******");
  expect(explained.stdout).not.toContain("hunter2");

  await command("execution", "resume", id);
  const history = await command("execution", "history", id, "--json");
  const { results } = JSON.parse(history.stdout) as { results: readonly { why?: { code: string; by?: string } }[] };
  expect(results.flatMap(({ why }) => (why?.by === undefined ? [] : `${why.code} ${why.by}`))).toEqual([
    "created ada",
    "resumed ada",
    "resumed ada",
  ]);
  expect(await command("execution", "history", "absent")).toMatchObject({ exitCode: 1, stdout: "" });

  const trigger = await command("trigger", "explain", "company.team", "decide", "daily");
  expect(trigger.stdout).toMatch(
    /^daily of company\.team\.decide Schedule\n {2}✗ the flow says `disabled: true` for it/,
  );
  expect(await command("trigger", "explain", "company.team", "decide", "none")).toMatchObject({ exitCode: 1 });
});
