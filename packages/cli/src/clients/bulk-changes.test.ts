import { expect, test } from "vitest";
import { wholeServer } from "../testing/whole-server.ts";

const NAMESPACE = "namespace: company.team";
const QUEUING = `id: queuing
${NAMESPACE}
concurrency: { limit: 1, behavior: QUEUE }
tasks:
  - { id: said, type: io.kestra.plugin.core.log.Log, message: begun }
  - { id: wait, type: io.kestra.plugin.core.flow.Pause }
`;
const revision = (message: string) =>
  `id: revised\n${NAMESPACE}\ntasks: [{ id: a, type: io.kestra.plugin.core.log.Log, message: ${message} }]\n`;

/** A whole instance: bulk changes depend on what the executor allows. */
async function instance() {
  const { runtime, server } = await wholeServer();
  const call = async (method: "POST" | "DELETE", url: string, ids?: readonly string[]) => {
    const payload = ids === undefined ? {} : { payload: JSON.stringify(ids) };
    const { statusCode, body } = await server.inject({ method, url: `/api/v1/main/executions${url}`, ...payload });
    return { status: statusCode, json: JSON.parse(body) as { count?: number; message?: string } };
  };
  const start = async (flowId: string) => {
    const { id } = await runtime.executions.create({ tenant: "main", namespace: "company.team", flowId });
    return id;
  };
  const rows = async () => (await runtime.executions.search({ tenant: "main" }, { offset: 0, limit: 100 })).rows;
  const reached = (id: string, state: string) =>
    new Promise<void>((resolve) => {
      const following = runtime.executions.follow("main", id, ({ row }) => {
        if (row.state === state) resolve(following.stop());
      });
    });
  return { runtime, call, start, rows, reached };
}

test("executions that have not ended are deleted when asked for, and none of them begins because another is gone", async () => {
  const { runtime, call, start, rows, reached } = await instance();
  await runtime.flows.save("main", QUEUING);
  const first = await start("queuing");
  await reached(first, "PAUSED");
  await start("queuing");
  await start("queuing");
  expect((await rows()).map(({ state }) => state).toSorted()).toEqual(["PAUSED", "QUEUED", "QUEUED"]);
  const begun: string[] = [];
  for (const { id } of await rows())
    runtime.executions.followLogs("main", id, ({ executionId = "" }) => begun.push(executionId));
  expect(await call("DELETE", "/by-query?flowId=queuing")).toMatchObject({ status: 400 });
  const deleted = await call("DELETE", "/by-query?flowId=queuing&includeNonTerminated=true");
  expect(deleted).toMatchObject({ status: 200, json: { count: 3 } });
  expect(await rows()).toEqual([]);
  expect(begun).toEqual([]);
});

test("many are replayed with their own revision, or with the latest when asked for, and only when all have ended", async () => {
  const { runtime, call, start, rows, reached } = await instance();
  await runtime.flows.save("main", revision("one"));
  await runtime.flows.save("main", QUEUING);
  const id = await start("revised");
  await runtime.executions.ended("main", id);
  await runtime.flows.save("main", revision("two"));
  const revisions = async () =>
    (await rows()).filter(({ flowId }) => flowId === "revised").map(({ flowRevision }) => flowRevision);
  expect(await call("POST", "/replay/by-ids", [id])).toMatchObject({ status: 200 });
  expect(await revisions()).toEqual([1, 1]);
  expect(await call("POST", "/replay/by-ids?latestRevision=true", [id])).toMatchObject({ status: 200 });
  expect((await revisions()).toSorted((left, right) => left - right)).toEqual([1, 1, 2]);
  const live = await start("queuing");
  await reached(live, "PAUSED");
  expect(await call("POST", "/replay/by-ids", [id, live])).toMatchObject({
    status: 400,
    json: { message: expect.stringContaining(`${live}: is PAUSED, not ended`) },
  });
  expect(await revisions()).toHaveLength(3);
});

test("what was replayed says so, also after several times, and its replays do not", async () => {
  const { runtime, start, reached } = await instance();
  await runtime.flows.save("main", revision("hi"));
  const id = await start("revised");
  await reached(id, "SUCCESS");
  const keysOf = async (one: string) =>
    (await runtime.executions.get("main", one))?.row.labels.map(({ key }) => key).filter((key) => /replay/.test(key));
  expect(await keysOf(id)).toEqual([]);
  const [run] = (await runtime.executions.get("main", id))!.taskRuns;
  for (const options of [{}, { taskRunId: run!.id }, {}]) {
    const { row: replayed } = await runtime.executions.replay("main", id, options);
    expect(await keysOf(replayed.id)).toEqual(["system.replay"]);
    expect(await keysOf(id)).toEqual(["system.replayed"]);
  }
});
