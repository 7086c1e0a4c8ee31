import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import { writeZip } from "../archive/write-zip.ts";
import { setup, type Setup } from "../testing/setup.ts";

const AT = 1_700_000_000_000;
const ID = "4kQJ2cUAVyVQZkgRLTH5y9";
const history = (state: string) => [
  { state: "CREATED", date: AT },
  { state, date: AT + 5 },
];
const EXECUTION = {
  id: ID,
  namespace: "company.other",
  flowId: "gone",
  flowRevision: 3,
  state: "FAILED",
  history: history("FAILED"),
  kind: "NORMAL",
  labels: [{ key: "team", value: "data" }],
  inputs: { name: "Ada" },
  variables: {},
  originalId: ID,
  attemptNumber: 1,
  createdAt: AT,
};
const TASK_RUN = { index: 0, id: "run1", taskId: "t", state: "FAILED", history: history("FAILED"), attempts: [] };
const LOG = {
  taskId: "t",
  taskRunId: "run1",
  taskRunIndex: 0,
  attempt: 0,
  lines: [{ time: AT, level: "INFO", message: "hi" }],
};
const METRIC = { taskId: "t", taskRunId: "run1", name: "rows", type: "counter", value: 2, tags: {}, time: AT };
const SOURCE =
  "id: gone\nnamespace: company.other\ntasks: [{ id: t, type: io.kestra.plugin.core.log.Log, message: hi }]\n";

interface Contents {
  readonly execution?: object;
  readonly taskRuns?: readonly object[];
  readonly format?: number;
  /** Instead of, or besides, the usual ones; null leaves one out. */
  readonly files?: Readonly<Record<string, string | null>>;
}

/** An archive as an export makes it, with something changed. */
async function archive({
  execution = {},
  taskRuns = [TASK_RUN],
  format = 1,
  files = {},
}: Contents = {}): Promise<Buffer> {
  const texts: Record<string, string | null> = {
    "execution.json": JSON.stringify({ format, execution: { ...EXECUTION, ...execution }, taskRuns }),
    "flow.yaml": SOURCE,
    "logs.jsonl": `${JSON.stringify(LOG)}\n`,
    "metrics.jsonl": `${JSON.stringify(METRIC)}\n`,
    "files/tasks/t/run1/out.txt": "content",
    ...files,
  };
  const entries = Object.entries(texts).flatMap(([name, text]) =>
    text === null ? [] : [{ name, modifiedAt: AT, content: async () => text }],
  );
  return buffer(writeZip(entries));
}

async function upload({ server }: Setup, content: Buffer) {
  const head = '--x\r\nContent-Disposition: form-data; name="fileUpload"; filename="e.zip"\r\n\r\n';
  const reply = await server.inject({
    method: "POST",
    url: "/api/v1/main/executions/import",
    headers: { "content-type": "multipart/form-data; boundary=x" },
    payload: Buffer.concat([Buffer.from(head), content, Buffer.from("\r\n--x--\r\n")]),
  });
  return { status: reply.statusCode, json: reply.json<Record<string, unknown>>() };
}

/** All that an import may leave behind. */
async function left({ runtime: { store, storage } }: Setup) {
  const files: string[] = [];
  for await (const { path } of storage.walk("main", "/company/other")) files.push(path);
  return {
    execution: await store.executions.get("main", ID),
    logs: (await store.logs.search({ tenant: "main", executionId: ID }, { offset: 0, limit: 10 })).rows.length,
    files,
    flow: await store.flows.get({ tenant: "main", namespace: "company.other", id: "gone" }, { includeDeleted: true }),
  };
}
const NOTHING = { execution: undefined, logs: 0, files: [], flow: undefined };

test("all that an archive holds is stored, and its flow as one that starts nothing", async () => {
  const bundle = await setup();
  const { status, json } = await upload(bundle, await archive());
  expect([status, json]).toEqual([200, expect.objectContaining({ id: ID, warnings: [] })]);
  const { store, storage } = bundle.runtime;
  const labels = [...EXECUTION.labels, { key: "system.imported", value: "true" }];
  expect(await store.executions.get("main", ID)).toEqual({ ...EXECUTION, tenant: "main", labels });
  expect(await store.executions.taskRuns("main", ID)).toEqual([TASK_RUN]);
  const { rows } = await store.logs.search({ tenant: "main", executionId: ID }, { offset: 0, limit: 10 });
  expect(rows).toMatchObject([{ message: "hi", taskRunId: "run1", namespace: "company.other", flowId: "gone" }]);
  const found = await store.metrics.search({ tenant: "main", executionId: ID }, { offset: 0, limit: 10 });
  expect(found.rows).toMatchObject([{ ...METRIC, executionId: ID }]);
  const file = await storage.read("main", `/company/other/gone/executions/${ID}/tasks/t/run1/out.txt`);
  expect((await buffer(file)).toString()).toBe("content");
  const key = { tenant: "main", namespace: "company.other", id: "gone" };
  expect(await store.flows.get(key)).toBeUndefined();
  expect(await store.flows.get(key, { revision: 3 })).toMatchObject({ source: SOURCE, deleted: true });
  expect(await store.flows.unapplied(10)).toEqual([expect.objectContaining({ id: "hello" })]);
});

test("limits that it came to, what befell it, and the starts of its batch are kept", async () => {
  const execution = {
    control: { priority: 3, keys: { "{{ inputs.name }}": "Ada" }, batch: { key: "Ada" } },
    batch: {
      items: [
        { id: ID, date: AT, inputs: { name: "Ada" } },
        {
          id: "other",
          date: AT + 1,
          inputs: {},
          labels: [{ key: "a", value: "b" }],
          trigger: { id: "t", type: "T", variables: {} },
        },
      ],
    },
    notes: [
      { at: AT, code: "created", by: "ada" },
      { at: AT, code: "limited", limit: 1, scope: "the tenant main", key: "Ada", holders: ["e"], ahead: 0 },
      { at: AT + 5, code: "failed", error: "why" },
    ],
  };
  const taskRuns = [
    {
      ...TASK_RUN,
      notes: [
        { at: AT, code: "retry", attempt: 1, next: AT + 1 },
        { at: AT, code: "skipped", result: "false", values: { "inputs.a": "1" } },
      ],
    },
  ];
  const bundle = await setup();
  const { status, json } = await upload(bundle, await archive({ execution, taskRuns }));
  expect([status, json]).toEqual([200, expect.objectContaining({ id: ID })]);
  expect(await bundle.runtime.store.executions.get("main", ID)).toMatchObject(execution);
  expect(await bundle.runtime.store.executions.taskRuns("main", ID)).toEqual(taskRuns);
});

test.each<[string, Contents, string]>([
  [
    "that still runs",
    { execution: { state: "RUNNING", history: history("RUNNING") } },
    "is RUNNING: only one that has ended",
  ],
  ["whose history ends otherwise", { execution: { state: "SUCCESS" } }, "only one that has ended"],
  ["with a task run that still runs", { taskRuns: [{ ...TASK_RUN, state: "RUNNING" }] }, "task run 0 is RUNNING"],
  ["with two task runs of one index", { taskRuns: [TASK_RUN, TASK_RUN] }, "two task runs have one index"],
  [
    "with a task run below none",
    { taskRuns: [{ ...TASK_RUN, index: 1, parent: 0 }] },
    "is below 0, which is not there",
  ],
  ["of a later format", { format: 2 }, "execution.json: format"],
  ["with a field that nobody knows", { execution: { secret: 1 } }, "secret"],
  ["with an id that is a path", { execution: { id: "../../etc" } }, "execution.json: execution.id"],
  ["of a namespace that is a path", { execution: { namespace: "a/../b" } }, "execution.json: execution.namespace"],
  ["without task runs", { files: { "execution.json": "{}" } }, "execution.json: taskRuns"],
  ["that is no JSON", { files: { "execution.json": "{" } }, "execution.json: "],
  ["without a log", { files: { "logs.jsonl": null } }, "it has no logs.jsonl"],
  ["with a broken line in its log", { files: { "logs.jsonl": `${JSON.stringify(LOG)}\n[]\n` } }, "logs.jsonl:2"],
  ["with a metric that is none", { files: { "metrics.jsonl": '{"name":"x"}' } }, "metrics.jsonl:1: taskId"],
])("an archive of an execution %s is refused, and nothing is stored", async (_what, contents, problem) => {
  const bundle = await setup();
  const { status, json } = await upload(bundle, await archive(contents));
  expect([status, json["code"]]).toEqual([422, "execution-archive-invalid"]);
  expect(json["message"]).toContain(problem);
  expect(await left(bundle)).toEqual(NOTHING);
});

test.each(["files/../../../x", "files//x", "files/a/./b", "files/a\\b"])("a file at %s is refused", async (name) => {
  const bundle = await setup();
  const { status, json } = await upload(bundle, await archive({ files: { [name]: "x" } }));
  expect([status, json["code"]]).toEqual([422, "path-invalid"]);
  expect(await left(bundle)).toEqual(NOTHING);
});

test("what is no archive is refused, and so is one that is damaged", async () => {
  const bundle = await setup();
  const whole = await archive();
  const damaged = Buffer.from(whole);
  damaged.writeUInt8(damaged[60]! ^ 0xff, 60);
  for (const content of [Buffer.from("no archive"), whole.subarray(0, -30), damaged]) {
    const { status, json } = await upload(bundle, content);
    expect([status, json["code"]]).toEqual([422, "archive-invalid"]);
  }
  expect(await left(bundle)).toEqual(NOTHING);
});

test("an archive has its limits", async () => {
  const content = await archive();
  const limited = (limits: object) => setup({ limits });
  expect((await upload(await limited({ archiveBytesMax: content.length }), content)).status).toBe(200);
  expect((await upload(await limited({ archiveEntriesMax: 5 }), content)).status).toBe(200);
  for (const limits of [
    { archiveBytesMax: content.length - 1 },
    { archiveEntriesMax: 4 },
    { archiveContentBytesMax: 500 },
  ]) {
    const bundle = await limited(limits);
    const { status, json } = await upload(bundle, content);
    expect([status, json["code"]], JSON.stringify(limits)).toEqual([413, "archive-too-large"]);
    expect(await left(bundle)).toEqual(NOTHING);
  }
});

test("an execution that is here is never replaced", async () => {
  const bundle = await setup();
  const id = await bundle.start();
  const known = await bundle.runtime.executions.get("main", id);
  const { status, json } = await upload(bundle, await archive({ execution: { id, originalId: id } }));
  expect([status, json["code"]]).toEqual([409, "execution-exists"]);
  expect(await bundle.runtime.executions.get("main", id)).toEqual(known);
  const both = await Promise.all([upload(bundle, await archive()), upload(bundle, await archive())]);
  expect(new Set(both.map((answer) => answer.status))).toEqual(new Set([200, 409]));
  expect((await left(bundle)).logs).toBe(1);
});

test.each<[string, string | undefined, string]>([
  ["another source of the revision", SOURCE.replace("hi", "ho"), "is another one here"],
  ["no source", undefined, "has no source"],
])("an archive with %s says so", async (_what, source, warning) => {
  const bundle = await setup();
  const execution = { namespace: "company.team", flowId: "hello", flowRevision: source === undefined ? 7 : 1 };
  const { json } = await upload(bundle, await archive({ execution, files: { "flow.yaml": source ?? null } }));
  expect(json["warnings"]).toEqual([expect.stringContaining(warning)]);
  expect(
    await bundle.runtime.store.flows.revisions({ tenant: "main", namespace: "company.team", id: "hello" }),
  ).toHaveLength(1);
});

test("of a flow that is here with other revisions none is added", async () => {
  const bundle = await setup();
  const source = SOURCE.replace("gone", "hello").replace("other", "team");
  const execution = { namespace: "company.team", flowId: "hello", flowRevision: 7 };
  const { json } = await upload(bundle, await archive({ execution, files: { "flow.yaml": source } }));
  expect(json["warnings"]).toEqual([expect.stringContaining("revision 7 of the flow company.team.hello is not here")]);
  expect(
    await bundle.runtime.store.flows.revisions({ tenant: "main", namespace: "company.team", id: "hello" }),
  ).toHaveLength(1);
});

test("files of an import that can't be committed are removed", async () => {
  const bundle = await setup();
  Object.assign(bundle.runtime.store, { commit: () => Promise.reject(new Error("the disk is gone")) });
  expect((await upload(bundle, await archive())).status).toBe(500);
  expect(await left(bundle)).toEqual(NOTHING);
});

test("an execution that has not ended, or is not there, is not exported", async () => {
  const bundle = await setup();
  const id = await bundle.start();
  const running = await bundle.call("GET", `/executions/${id}/export`);
  expect([running.status, running.json]).toEqual([409, expect.objectContaining({ code: "execution-not-ended" })]);
  expect((await bundle.call("GET", `/executions/${ID}/export`)).status).toBe(404);
});
