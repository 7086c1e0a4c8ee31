import { describe, expect, test } from "vitest";
import { corpusWorld, hasCorpus, type Row, runOf } from "../testing/flow-world.ts";

const NEW_LINE = "-----BEGIN-----\nfirst line of the secret\nsecond line of the secret\n-----END-----";

/** Data, files and context. */
const ROWS: readonly Row[] = [
  [
    "output-values",
    {
      state: "SUCCESS",
      taskRuns: 1,
      facts: (ended) =>
        expect(ended.taskRuns[0]?.outputs).toMatchObject({ values: { output1: "xyz", output2: "abc" } }),
    },
  ],
  [
    "log-to-file",
    {
      state: "SUCCESS",
      taskRuns: 1,
      facts: async (ended, world) => {
        const lines = (await world.text(ended.taskRuns[0]?.attempts[0]?.logFile)).trimEnd().split("\n");
        expect(lines).toEqual([expect.stringMatching(/ INFO Hello World!$/)]);
      },
    },
  ],
  [
    "get-log",
    {
      state: "SUCCESS",
      taskRuns: 4,
      facts: (ended) => expect(runOf(ended, "get-log-task").outputs).toMatchObject({ size: 3 }),
    },
  ],
  [
    "get-log-taskid",
    {
      state: "SUCCESS",
      taskRuns: 4,
      facts: (ended) => expect(runOf(ended, "get-log-task").outputs).toMatchObject({ size: 1 }),
    },
  ],
  [
    "secrets",
    {
      state: "SUCCESS",
      facts: async (ended, world) => {
        expect(ended.taskRuns[0]?.outputs).toEqual({ value: "secretValue" });
        expect(runOf(ended, "get-multiline-secret").outputs).toEqual({ value: NEW_LINE });
        const logs = (await world.logs(ended.row.id)).join("\n");
        expect(logs).toContain("******");
        expect(logs).not.toContain("secretValue");
      },
    },
  ],
  [
    "encrypted-string",
    {
      state: "SUCCESS",
      taskRuns: 2,
      facts: (ended) => {
        expect(runOf(ended, "hello").outputs?.["value"]).toEqual({
          type: expect.any(String),
          value: expect.any(String),
        });
        expect(JSON.stringify(runOf(ended, "hello").outputs)).not.toContain("Hello World");
        expect(runOf(ended, "return").outputs).toEqual({ value: "Hello World" });
      },
    },
  ],
  [
    "execution-start-date",
    {
      state: "SUCCESS",
      facts: (ended) =>
        expect(ended.taskRuns[0]?.outputs?.["value"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    },
  ],
  [
    "working-directory",
    {
      inputs: { failed: "false" },
      state: "SUCCESS",
      taskRuns: 4,
      facts: (ended) => expect(ended.taskRuns[3]?.outputs?.["value"]).toMatch(/^kestra:\/\//),
    },
  ],
  [
    "working-directory",
    {
      inputs: { failed: "true" },
      state: "FAILED",
      taskRuns: 3,
      facts: (ended) => expect(runOf(ended, "error-t1").state).toBe("SUCCESS"),
    },
  ],
  [
    "working-directory-outputs",
    {
      state: "SUCCESS",
      taskRuns: 2,
      facts: async (ended, world) => {
        const { outputFiles } = ended.taskRuns[0]!.outputs as { outputFiles: Record<string, string> };
        expect(await Promise.all(Object.values(outputFiles).map((uri) => world.text(uri)))).toContain("Hello World");
      },
    },
  ],
  [
    "working-directory-inputs",
    {
      state: "SUCCESS",
      taskRuns: 2,
      facts: async (ended, world) => {
        const { uris } = ended.taskRuns[1]!.outputs as { uris: Record<string, string> };
        expect(await world.text(uris["input.txt"])).toBe("Hello World");
      },
    },
  ],
  [
    "working-directory-taskrun-nested",
    {
      state: "SUCCESS",
      taskRuns: 6,
      facts: (ended) =>
        expect(runOf(ended, "log-workerparent").outputs?.["value"]).toContain(`{"taskrun":{"value":"1"}}`),
    },
  ],
];

const INPUTS = {
  string: "myString",
  enum: "ENUM_VALUE",
  int: "42",
  float: "42.42",
  bool: "false",
  instant: "2019-10-06T18:27:49Z",
  date: "2019-10-06",
  time: "18:27:49",
  duration: "PT5M6S",
  file: "@lines:1",
  json: `{"a":"b"}`,
  uri: "https://www.google.com",
  "nested.string": "a string",
  "nested.more.int": "123",
  "nested.bool": "true",
  validatedString: "A123",
  validatedInt: "12",
  validatedDate: "2023-01-02",
  validatedDateTime: "2023-01-01T00:00:10Z",
  validatedDuration: "PT15S",
  validatedFloat: "0.42",
  validatedTime: "11:27:49",
  secret: "secret",
  array: "[1, 2, 3]",
};

describe.skipIf(!hasCorpus)("data and files that others wrote", () => {
  const world = corpusWorld({
    encryptionKey: Buffer.alloc(32, 7).toString("base64"),
    secrets: { MY_SECRET: `{"secretKey":"secretValue"}`, NEW_LINE, WEBHOOK_KEY: "secretKey", PASSWORD: "password" },
  });

  test.concurrent.for(ROWS)("%s ends as %j", async ([flow, expected]) => {
    await world().meets(flow, expected);
  });

  test("inputs reach their tasks converted, and a secret is stored encrypted", async () => {
    const ended = await world().meets("inputs", { inputs: INPUTS, state: "SUCCESS", taskRuns: 14 });
    const value = (name: string) => runOf(ended, name).outputs?.["value"];
    expect(value("string")).toBe("myString");
    expect(value("secret")).toBe("secret");
    expect(value("optional")).toBe("");
    expect(value("log@3")).toBe("3");
    expect(value("instant")).toBe("2019-10-06T18:27:49Z");
    expect(JSON.parse(String(value("jsonOutput")))).toEqual({ a: "b" });
    expect(value("file")).toMatch(/^kestra:\/\/\//);
    expect(ended.row.inputs["secret"]).toEqual({ type: expect.any(String), value: expect.any(String) });
    const empty = await world().meets("inputs", { inputs: { ...INPUTS, json: "{}" }, state: "SUCCESS" });
    expect(runOf(empty, "json").outputs).toEqual({ value: "{}" });
  });

  test("a replay has the same secret", async () => {
    const first = await world().meets("inputs", { inputs: INPUTS, state: "SUCCESS" });
    const { row: replay } = await world().runtime.executions.replay("main", first.row.id);
    expect(runOf(await world().ended(replay.id), "secret").outputs).toEqual({ value: "secret" });
  });

  test("kv reads a value, and fails without it when it is asked to", async () => {
    const { runtime, meets } = world();
    const { keyValues } = runtime.services("main");
    await keyValues.set("io.kestra.tests", "my-key", { field: "value" });
    const found = await meets("kv", { state: "SUCCESS" });
    expect(found.taskRuns.map(({ outputs }) => outputs)).toEqual([{ value: "value" }, { value: "value" }]);
    await keyValues.delete("io.kestra.tests", "my-key");
    await meets("kv", { inputs: { errorOnMissing: "true" }, state: "FAILED" });
  });

  test("working-directory-cache finds the file of its first run in the second", async () => {
    const first = await world().meets("working-directory-cache", { state: "SUCCESS", taskRuns: 3 });
    expect(runOf(first, "exists").outputs).toEqual({ uris: {} });
    const second = await world().meets("working-directory-cache", { state: "SUCCESS", taskRuns: 3 });
    expect(Object.keys((runOf(second, "exists").outputs as { uris: object }).uris)).toEqual(["hello.txt"]);
  });
});
