import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ask, type Execution, executionsOf, hasEnded, readExecution } from "./executions.ts";
import { startServer, temporaryFolder, until, writeFlows } from "./server-process.ts";
import { mountSmallDisk } from "./small-disk.ts";

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
};
/** Fills a page of the database for each call. */
const BODY = JSON.stringify({ text: "x".repeat(20_000) });

test("a full disk is told, loses nothing that was acknowledged, and is survived", async (context) => {
  const folder = await temporaryFolder();
  const place = join(folder, "data");
  await mkdir(place);
  const disk = mountSmallDisk(place, 24);
  if (disk === undefined) throw context.skip("this user may not mount a file system");
  const server = await startServer({
    data: disk.folder,
    flows: await writeFlows(join(folder, "flows"), FLOWS),
    folder,
  });
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
  await disk.fill();
  const refusal = await until("a call is refused", call);
  expect(refusal).toEqual({
    status: 503,
    code: "store-full",
    message: expect.stringContaining("Free space on that disk"),
  });
  await until("the refusal is logged", () => (server.log().includes("commit refused") ? true : undefined));
  expect(await call()).toMatchObject({ status: 503 });

  await disk.free();
  await until("a call is taken", async () => ((await call()) === undefined ? true : undefined));
  for (const { id } of taken) {
    const ended = await until(`execution ${id} ends`, async () => {
      const execution = await readExecution(server.url, id);
      return hasEnded(execution) ? execution : undefined;
    });
    expect(ended.state.current).toBe("SUCCESS");
  }
  const ids = new Set((await executionsOf(server.url, "e2e", "hook")).map(({ id }) => id));
  expect(taken.filter(({ id }) => !ids.has(id))).toEqual([]);
});
