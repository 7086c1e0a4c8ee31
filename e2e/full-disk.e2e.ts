import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, type TestContext } from "vitest";
import { ask, type Execution, executionsOf } from "./executions.ts";
import { endedExecutions, unsuccessful } from "./outcomes.ts";
import { startServer, temporaryFolder, until, writeFlows } from "./server-process.ts";
import { mountSmallDisk } from "./small-disk.ts";
import { tickFlow } from "./tick-flow.ts";

const FLOWS = {
  hook: `
id: hook
namespace: e2e
triggers:
  - id: hook
    type: io.kestra.plugin.core.trigger.Webhook
    key: the-key
tasks:
  - id: wait
    type: io.kestra.plugin.core.flow.Sleep
    duration: PT0.2S
  - id: command
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: { type: io.kestra.plugin.core.runner.Process }
    commands: ["echo '{{ trigger.parameters.number }}'"]
`,
  tick: tickFlow("e2e"),
};
/** Fills a page of the database for each call. */
const BODY = JSON.stringify({ text: "x".repeat(20_000) });

/** Callers at once: some come while the commit of another one finds out that the disk is full. */
const CALLERS = 4;

async function serverOnSmallDisk(context: TestContext) {
  const folder = await temporaryFolder();
  const place = join(folder, "data");
  await mkdir(place);
  const disk = mountSmallDisk(place, 24);
  if (disk === undefined) throw context.skip("this user may not mount a file system");
  const options = { data: disk.folder, flows: await writeFlows(join(folder, "flows"), FLOWS), folder };
  const server = await startServer(options);
  const taken: Execution[] = [];
  let number = 0;
  const call = async () => {
    number += 1;
    const url = `${server.url}/executions/webhook/e2e/hook/the-key?number=${number}`;
    const response = await ask(url, { method: "POST", body: BODY });
    const answer = (await response.json()) as Execution & { readonly code: string; readonly message: string };
    if (response.ok) taken.push(answer);
    return response.ok ? undefined : { status: response.status, code: answer.code, message: answer.message };
  };
  for (let count = 0; count < 10; count += 1) expect(await call()).toBeUndefined();
  return { disk, server, call, taken, startAgain: () => startServer(options) };
}

/** Looks whether each execution that was acknowledged is there, and succeeds. */
async function expectSuccess(taken: readonly Execution[], url: string): Promise<void> {
  const ended = await endedExecutions(
    url,
    taken.map(({ id }) => id),
  );
  expect(unsuccessful(ended)).toEqual([]);
  const ids = new Set((await executionsOf(url, "e2e", "hook")).map(({ id }) => id));
  expect(taken.filter(({ id }) => !ids.has(id))).toEqual([]);
}

test("a full disk is told, loses nothing that was acknowledged, and is survived", async (context) => {
  const { disk, server, call, taken } = await serverOnSmallDisk(context);
  const refusing = Array.from({ length: CALLERS }, () => until("a call is refused", call));
  await disk.fill();
  for (const refusal of await Promise.all(refusing)) {
    expect(refusal).toEqual({
      status: 503,
      code: "store-full",
      message: expect.stringContaining("Free space on that disk"),
    });
  }
  await until("the refusal is logged", () => (server.log().includes("commit refused") ? true : undefined));
  expect(await call()).toMatchObject({ status: 503 });

  await disk.free();
  await until("a call is taken", async () => ((await call()) === undefined ? true : undefined));
  await expectSuccess(taken, server.url);
});

test("a server whose disk is full stops when it is told to, and goes on when there is space", async (context) => {
  const { disk, server, call, taken, startAgain } = await serverOnSmallDisk(context);
  await disk.fill();
  await until("a call is refused", call);
  await until("a schedule fires in vain", () =>
    server.log().includes("unknown whether an execution was created") ? true : undefined,
  );
  await server.stop();

  await disk.free();
  await expectSuccess(taken, (await startAgain()).url);
});
