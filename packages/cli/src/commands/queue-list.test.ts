import { expect, test } from "vitest";
import { runCommand, startCommand, temporaryFiles } from "../testing/run-command.ts";

const FLOW = `id: sync
namespace: company.team
inputs: [{ id: customer, type: STRING }]
concurrency: { limit: 1, key: "{{ inputs.customer }}" }
tasks: [{ id: wait, type: io.kestra.plugin.core.flow.Pause }]
`;
const SLEEPS =
  "id: sleeps\nnamespace: company.team\ntasks: [{ id: nap, type: io.kestra.plugin.core.flow.Sleep, duration: PT1H }]\n";
const BATCH = `id: orders
namespace: company.team
inputs: [{ id: number, type: INT }]
batch: { maxSize: 9, timeout: PT1H }
tasks: [{ id: load, type: io.kestra.plugin.core.log.Log, message: "{{ batch.items }}" }]
`;

test("a person sees how full a batch is, and may force it", async () => {
  const path = await temporaryFiles({ "orders.yaml": BATCH });
  const server = startCommand(["server", "--port", "0", "--data", path("data")]);
  const [, url = ""] = await server.printed(/capstan listens on (\S+)/);
  const command = (...asked: string[]) => runCommand(asked, { environment: { CAPSTAN_SERVER: url } });
  expect((await command("flow", "apply", path("orders.yaml"))).exitCode).toBe(0);
  const start = async (number: number) =>
    (await command("execution", "start", "company.team", "orders", "--input", `number=${number}`)).stdout.trim();
  const id = await start(1);
  expect(await start(2)).toBe(id);
  expect((await command("queue", "list", "--waiting")).stdout).toMatch(
    new RegExp(`\\ncompany\\.team\\.orders +2 of 9, begins at .* ${id}\\n$`),
  );
  const explained = await command("execution", "explain", id);
  expect(explained.stdout).toContain("its batch to be full: 2 of 9 starts are in it");
  const forced = await fetch(`${url}/api/v1/main/executions/${id}/force-run`, { method: "POST" });
  expect(forced.status).toBe(200);
  expect((await command("execution", "follow", id)).exitCode).toBe(0);
  const { batch } = JSON.parse((await command("execution", "get", id, "--json")).stdout) as {
    readonly batch: { readonly items: readonly { readonly inputs: object }[] };
  };
  expect(batch.items.map(({ inputs }) => inputs)).toEqual([{ number: 1 }, { number: 2 }]);
});

test("a person sees what runs and waits behind limits of flows, of namespaces and of tasks", async () => {
  const path = await temporaryFiles({
    "sync.yaml": FLOW,
    "sleeps.yaml": SLEEPS,
    "c.yaml": `flowControl:
  quotas: [{ namespace: company, duration: P1D, limit: 10 }]
  tasks: [{ type: core.flow.Sleep, limit: 1 }]
`,
  });
  const words = ["server", "--port", "0", "--data", path("data"), "--config", path("c.yaml")];
  const server = startCommand(words);
  const [, url = ""] = await server.printed(/capstan listens on (\S+)/);
  const command = (...asked: string[]) => runCommand(asked, { environment: { CAPSTAN_SERVER: url } });
  expect((await command("flow", "apply", path("sync.yaml"), path("sleeps.yaml"))).exitCode).toBe(0);
  const start = async (...asked: string[]) =>
    (await command("execution", "start", "company.team", ...asked)).stdout.trim();

  expect(await command("queue", "list")).toMatchObject({
    exitCode: 0,
    stdout: "",
    stderr: "nothing runs or waits behind a limit\n",
  });
  await start("sync", "--input", "customer=ada");
  const second = await start("sync", "--input", "customer=ada");
  await start("sleeps");
  const waiting = await command("queue", "list", "--waiting");
  expect(waiting.exitCode, waiting.stderr).toBe(0);
  expect(waiting.stdout).toMatch(
    new RegExp(`^WHERE .*\\ncompany\\.team\\.sync +1 at once +ada +1 +1 .* ${second}\\n$`),
  );
  const all = await command("queue", "list");
  expect(all.stdout).toMatch(/\ncompany +10 in PT24H, until .* 2 +0\n/);
  await expect.poll(async () => (await command("queue", "list")).stdout).toMatch(/\n\(tenant\) +1 × Sleep +1 +0\n/);
  const json = JSON.parse((await command("queue", "list", "--flow", "sync", "--json")).stdout) as { total: number };
  expect(json).toMatchObject({ total: 1, results: [{ kind: "CONCURRENCY", key: "ada", next: [second] }] });

  const explained = await command("execution", "explain", second);
  expect(explained.stdout).toContain('the concurrency limit of its flow for "ada" is 1');
  expect(explained.stdout).toContain("place 1 of 1 in the queue; 1 of 1 run: ");
});
