import { expect, test } from "vitest";
import { wholeServer } from "../testing/whole-server.ts";

const NAMESPACE = "company.team";
const FLOW = `id: moved
namespace: ${NAMESPACE}
inputs:
  - { id: data, type: FILE }
  - { id: password, type: SECRET, defaults: hunter2 }
tasks:
  - { id: say, type: io.kestra.plugin.core.log.Log, message: "line one\\nline two" }
  - { id: write, type: io.kestra.plugin.core.storage.Write, content: "größer", extension: txt }
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: [a, b]
    tasks:
      - { id: within, type: io.kestra.plugin.core.debug.Return, format: "{{ taskrun.value }}" }
  - id: count
    type: io.kestra.plugin.core.metric.Publish
    metrics: [{ type: counter, name: rows, value: 3 }]
  - { id: fail, type: io.kestra.plugin.core.execution.Fail, errorMessage: no luck }
triggers:
  - { id: daily, type: io.kestra.plugin.core.trigger.Schedule, cron: "0 0 1 1 *" }
`;

type Instance = Awaited<ReturnType<typeof wholeServer>>;

async function get({ server }: Instance, path: string): Promise<unknown> {
  const reply = await server.inject({ method: "GET", url: `/api/v1/main${path}` });
  return reply.headers["content-type"]?.toString().includes("json") === true ? reply.json() : reply.body;
}

async function exported({ server }: Instance, id: string): Promise<Buffer> {
  const reply = await server.inject({ method: "GET", url: `/api/v1/main/executions/${id}/export` });
  expect([reply.statusCode, reply.headers["content-disposition"]]).toEqual([200, expect.stringContaining(`${id}.zip`)]);
  return reply.rawPayload;
}

async function imported({ server }: Instance, archive: Buffer, key?: string) {
  const head = '--x\r\nContent-Disposition: form-data; name="fileUpload"; filename="e.zip"\r\n\r\n';
  const payload = Buffer.concat([Buffer.from(head), archive, Buffer.from("\r\n--x--\r\n")]);
  const headers = {
    "content-type": "multipart/form-data; boundary=x",
    ...(key !== undefined && { "idempotency-key": key }),
  };
  const reply = await server.inject({ method: "POST", url: "/api/v1/main/executions/import", headers, payload });
  const isReplayed = reply.headers["idempotent-replayed"] === "true";
  return { status: reply.statusCode, isReplayed, json: reply.json<{ warnings: readonly string[] }>() };
}

/** What a reader of the API sees of an execution, its log, metrics, files and flow. */
async function seen(instance: Instance, id: string) {
  const execution = (await get(instance, `/executions/${id}`)) as {
    readonly labels: readonly { readonly key: string }[];
    readonly inputs: { readonly data: string };
    readonly taskRunList: readonly { readonly taskId: string; readonly outputs?: { readonly uri?: string } }[];
  };
  const uri = execution.taskRunList.find(({ taskId }) => taskId === "write")?.outputs?.uri ?? "";
  const file = (path: string) => get(instance, `/executions/${id}/file?path=${encodeURIComponent(path)}`);
  return {
    execution: { ...execution, labels: execution.labels.filter(({ key }) => key !== "system.imported"), inputs: {} },
    log: await get(instance, `/logs/${id}`),
    metrics: await get(instance, `/metrics/${id}`),
    files: [await file(uri), await file(execution.inputs.data)],
    flow: { ...((await get(instance, `/executions/${id}/flow`)) as object), deleted: undefined },
  };
}

test("an execution that is exported is seen in another installation as it was, and can be exported again there", async () => {
  const here = await wholeServer();
  const { executions, flows, storage } = here.runtime;
  await flows.save("main", FLOW);
  const newId = executions.newId();
  const data = await storage.put("main", `/company/team/moved/executions/${newId}/inputs/data/a.csv`, "1,2");
  const flow = { tenant: "main", namespace: NAMESPACE, flowId: "moved" };
  const { id } = await executions.create({ ...flow, id: newId, inputs: { data } });
  expect((await executions.ended("main", id))?.row.state).toBe("FAILED");
  const archive = await exported(here, id);

  const there = await wholeServer();
  const first = { status: 200, isReplayed: false, json: { id, warnings: [] } };
  expect(await imported(there, archive, "k")).toMatchObject(first);
  expect(await imported(there, archive, "k")).toMatchObject({ ...first, isReplayed: true });
  const [before, after] = [await seen(here, id), await seen(there, id)];
  expect(after).toEqual(before);
  expect(before.files).toEqual(["größer", "1,2"]);
  expect(JSON.stringify(before.log)).toContain("line two");
  // Its schedule is not there, and a secret that nobody encrypted stayed at home.
  expect(await get(there, `/flows/search`)).toMatchObject({ total: 0 });
  expect((await executions.get("main", id))?.row.inputs["password"]).toBe("hunter2");
  expect((await there.runtime.executions.get("main", id))?.row.inputs["password"]).toBe("******");

  const further = await wholeServer();
  expect(await imported(further, await exported(there, id))).toMatchObject({ status: 200, json: { warnings: [] } });
  expect(await seen(further, id)).toEqual(before);
  expect(await imported(there, archive)).toMatchObject({ status: 409 });
  await there.runtime.executions.restart("main", id);
  expect((await there.runtime.executions.ended("main", id))?.taskRuns.at(-1)?.attempts).toHaveLength(2);
});
