import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startDockerEngine } from "./docker-engine.ts";
import { startFlow } from "./executions.ts";
import { endedExecutions } from "./outcomes.ts";
import { startServer, temporaryFolder, until, writeFlows } from "./server-process.ts";

/** A container that counts how often it was started, waits for a file, and has outputs and a file. */
function flowWith(gate: string): string {
  return `
id: outliving
namespace: e2e
tasks:
  - id: copy
    type: io.kestra.plugin.scripts.shell.Commands
    containerImage: small
    taskRunner:
      type: io.kestra.plugin.scripts.runner.docker.Docker
      networkMode: none
      volumes: ["${gate}:${gate}"]
    outputFiles: [result.txt]
    commands:
      - echo start >> ${gate}/starts
      - echo '::{"outputs":{"before":"the kill"}}::'
      - until test -e ${gate}/go; do sleep 0.05; done
      - echo result > result.txt
`;
}

test.each([
  { end: "is killed", cut: "kill" },
  { end: "is stopped", cut: "stop" },
] as const)("a container goes on while the server $end, and the task goes on with it", async ({ cut }) => {
  const folder = await temporaryFolder();
  const gate = await temporaryFolder();
  const data = join(folder, "data");
  const flows = await writeFlows(join(folder, "flows"), { outliving: flowWith(gate) });
  const { host, docker } = await startDockerEngine();
  const environment = { DOCKER_HOST: host };
  const server = await startServer({ data, flows, folder, environment });
  const { id } = (await startFlow(server.url, "e2e", "outliving"))!;
  const starts = () => readFile(join(gate, "starts"), "utf8").catch(() => "");
  await until("the container runs", async () => ((await starts()) === "" ? undefined : true));
  await server[cut]();
  const before = await docker("ps", "--quiet");
  expect(before).toMatch(/^\w{12}$/);

  const next = await startServer({ data, flows, folder, environment });
  await writeFile(join(gate, "go"), "");
  const [ended] = await endedExecutions(next.url, [id]);
  expect(ended?.state.current).toBe("SUCCESS");
  expect(await starts()).toBe("start\n");
  const outputs = JSON.stringify(ended?.taskRunList);
  expect(outputs).toContain('"before":"the kill"');
  expect(outputs).toMatch(/"result.txt":"kestra:/);
  expect(await docker("ps", "--all", "--quiet")).toBe("");
});
