import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { temporaryFiles } from "../testing/run-command.ts";
import { wholeServer } from "../testing/whole-server.ts";

const flow = (rows: string, runs: string) => `id: watched
namespace: company.team
triggers:
  - id: watch
    type: io.kestra.plugin.scripts.shell.ScriptTrigger
    taskRunner: { type: io.kestra.plugin.core.runner.Process }
    interval: PT0.05S
    exitCondition: 'rows=[1-9]\\d*'
    script: |
      echo >> ${runs}
      rows=$(cat ${rows})
      echo '::{"outputs":{"rows":'$rows'}}::'
tasks: [{ id: show, type: io.kestra.plugin.core.debug.Return, format: "{{ trigger.vars.rows }} {{ trigger.exitCode }}" }]
`;

/** Answers what there is, once there is as much. */
async function until<T>(look: () => Promise<readonly T[]>, count: number): Promise<readonly T[]> {
  let found = await look();
  while (found.length < count) {
    await new Promise((resolve) => setImmediate(resolve));
    found = await look();
  }
  return found;
}

test("a script starts its flow each time that its condition comes to hold, and not while it holds", async () => {
  const path = await temporaryFiles({ rows: "0", runs: "" });
  const { runtime } = await wholeServer();
  const ended = async () => {
    const filter = { tenant: "main", states: ["SUCCESS" as const] };
    return (await runtime.store.executions.search(filter, { offset: 0, limit: 10 })).rows;
  };
  let seen = 0;
  /** Resolves when the script has begun twice more, so that what one run saw has been looked at. */
  const twiceMore = async () => {
    seen = (await until(async () => (await readFile(path("runs"), "utf8")).split("\n"), seen + 2)).length;
  };
  await runtime.flows.save("main", flow(path("rows"), path("runs")));
  await twiceMore();
  expect(await ended()).toEqual([]);
  await writeFile(path("rows"), "12");
  const [first] = await until(ended, 1);
  await twiceMore();
  await twiceMore();
  expect(await ended()).toHaveLength(1);
  await writeFile(path("rows"), "0");
  await twiceMore();
  await twiceMore();
  await writeFile(path("rows"), "7");
  const second = (await until(ended, 2)).find(({ id }) => id !== first?.id);
  const said = async (id = "") => (await runtime.store.executions.taskRuns("main", id))[0]?.outputs?.["value"];
  expect([await said(first?.id), await said(second?.id)]).toEqual(["12 0", "7 0"]);
});
