import { startS3Server, type S3Access, type S3Server } from "@capstan/storage/test-kit";
import { startPostgresCluster } from "@capstan/store/test-kit";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { ask, hasEnded, readExecution } from "./executions.ts";
import { startServer, temporaryFolder, until, writeFlows } from "./server-process.ts";

const NAMESPACE = "e2e";
const TIMEOUT_MS = 300_000;
const LARGE_BYTES = 11 * 1_048_576;

const FLOWS = {
  files: `
id: files
namespace: ${NAMESPACE}
inputs:
  - id: data
    type: FILE
tasks:
  - id: command
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: { type: io.kestra.plugin.core.runner.Process }
    namespaceFiles: { enabled: true }
    inputFiles:
      given.bin: "{{ inputs.data }}"
    outputFiles: ["*.out"]
    commands:
      - wc -c < given.bin > size.out
      - cat greetings/hello.txt > hello.out
      - cat given.bin given.bin > large.out
      - env > env.out
  - id: read
    type: io.kestra.plugin.core.debug.Return
    format: "{{ read(outputs.command.outputFiles['hello.out']) }}"
`,
};

let s3: S3Server;
let access: S3Access & { readonly bucket: string };

beforeAll(async () => {
  s3 = await startS3Server();
  access = await s3.bucket("capstan-files");
}, TIMEOUT_MS);
afterAll(() => s3.stop());

interface Files {
  readonly taskRunList: readonly { readonly outputs: { readonly outputFiles?: Readonly<Record<string, string>> } }[];
}

async function place(more: Readonly<Record<string, string>> = {}) {
  const folder = await temporaryFolder();
  const flows = await writeFlows(join(folder, "flows"), FLOWS);
  const environment = {
    CAPSTAN_STORAGE_TYPE: "s3",
    CAPSTAN_STORAGE_S3_ENDPOINT: access.endpoint,
    CAPSTAN_STORAGE_S3_BUCKET: access.bucket,
    CAPSTAN_STORAGE_S3_PREFIX: "some/prefix",
    CAPSTAN_STORAGE_S3_ACCESS_KEY_ID: access.accessKeyId,
    CAPSTAN_STORAGE_S3_SECRET_ACCESS_KEY: access.secretAccessKey,
    CAPSTAN_STORAGE_S3_PART_BYTES: String(5 * 1_048_576),
    ...more,
  };
  return { data: join(folder, "data"), flows, folder, environment };
}

/** Stores a namespace file, runs the flow with a large one; answers the URIs of what it put out. */
async function runFlow(api: string) {
  const script = new FormData();
  script.append("fileContent", new Blob(["hello\n"]), "hello.txt");
  const path = `${api}/namespaces/${NAMESPACE}/files?path=/greetings/hello.txt`;
  expect((await ask(path, { method: "POST", body: script })).status).toBe(200);
  const inputs = new FormData();
  inputs.append("data", new Blob([Buffer.alloc(LARGE_BYTES, "x")]), "given.bin");
  const started = await ask(`${api}/executions/${NAMESPACE}/files`, { method: "POST", body: inputs });
  const { id } = (await started.json()) as { readonly id: string };
  const execution = await until("the execution has ended", async () => {
    const read = await readExecution(api, id);
    return hasEnded(read) ? read : undefined;
  });
  expect([execution.state.current, execution.error]).toEqual(["SUCCESS", undefined]);
  const [command, read] = (execution as unknown as Files).taskRunList;
  expect(read!.outputs).toEqual({ value: "hello\n" });
  return { id, files: command!.outputs.outputFiles! };
}

test(
  "with files in S3, inputs, outputs and namespace files are there after the server was killed",
  { timeout: TIMEOUT_MS },
  async () => {
    const options = await place();
    const first = await startServer(options);
    const { id, files } = await runFlow(first.url);
    await first.kill();

    const second = await startServer(options);
    const download = (name: string): Promise<Response> =>
      ask(`${second.url}/executions/${id}/file?path=${encodeURIComponent(files[name]!)}`);
    expect(Number(await (await download("size.out")).text())).toBe(LARGE_BYTES);
    expect(await (await download("hello.out")).text()).toBe("hello\n");
    expect((await (await download("large.out")).arrayBuffer()).byteLength).toBe(2 * LARGE_BYTES);
    expect(await (await download("env.out")).text()).not.toContain(access.secretAccessKey);
    const namespaceFile = `${second.url}/namespaces/${NAMESPACE}/files?path=/greetings/hello.txt`;
    expect(await (await ask(namespaceFile)).text()).toBe("hello\n");
    expect(existsSync(join(options.data, "storage"))).toBe(false);

    const folder = `${second.url}/namespaces/${NAMESPACE}/files/directory?path=`;
    expect((await ask(`${folder}/made`, { method: "POST" })).status).toBe(200);
    const nested = new FormData();
    nested.append("fileContent", new Blob(["x"]), "x");
    const file = `${second.url}/namespaces/${NAMESPACE}/files?path=/made/deep/er/x`;
    expect((await ask(file, { method: "POST", body: nested })).status).toBe(200);
    expect((await ask(file, { method: "DELETE" })).status).toBe(200);
    const listed = (await (await ask(`${folder}/`)).json()) as readonly { readonly fileName: string }[];
    expect(listed.map(({ fileName }) => fileName)).toEqual(["greetings"]);
    await second.stop();
    expect(second.log() + first.log()).not.toContain(access.secretAccessKey);
  },
);

test("who downloads is sent to the bucket when a setting says so", { timeout: TIMEOUT_MS }, async () => {
  const server = await startServer(await place({ CAPSTAN_STORAGE_S3_PRESIGNED_DOWNLOADS: "true" }));
  const { id, files } = await runFlow(server.url);
  for (const url of [
    `${server.url}/executions/${id}/file?path=${encodeURIComponent(files["hello.out"]!)}`,
    `${server.url}/namespaces/${NAMESPACE}/files?path=/greetings/hello.txt`,
  ]) {
    const sent = await ask(url, { redirect: "manual" });
    expect([sent.status, sent.headers.get("location")]).toEqual([
      302,
      expect.stringContaining(`${access.endpoint}/${access.bucket}/some/prefix/main/`),
    ]);
    const followed = await ask(url);
    expect([followed.status, await followed.text()]).toEqual([200, "hello\n"]);
    expect(followed.headers.get("content-disposition")).toMatch(/^attachment; filename="[\w-]*hello\.(?:out|txt)"/);
  }
  expect(server.log()).toBe("");
  await server.stop();
});

test(
  "two servers on one database share a bucket: the second serves the files of the first, also once that was killed",
  { timeout: TIMEOUT_MS },
  async () => {
    const cluster = await startPostgresCluster();
    onTestFinished(() => cluster.dispose());
    const settings = { CAPSTAN_CLUSTER_LEASE: "PT2S", CAPSTAN_STORAGE_S3_PRESIGNED_DOWNLOADS: "true" };
    // Data folders of their own, as on two machines.
    const leader = await startServer({ ...(await place(settings)), database: cluster.url });
    const standby = await startServer({ ...(await place(settings)), database: cluster.url });
    const { id, files } = await runFlow(standby.url);
    const url = `${standby.url}/executions/${id}/file?path=${encodeURIComponent(files["hello.out"]!)}`;
    const passedOn = await ask(url, { redirect: "manual" });
    expect([passedOn.status, passedOn.headers.get("location")]).toEqual([
      302,
      expect.stringContaining(`${access.endpoint}/${access.bucket}/`),
    ]);
    expect(await (await ask(url)).text()).toBe("hello\n");
    await leader.kill();
    const text = await until("the second one leads", async () => {
      const answer = await ask(url);
      return answer.ok ? answer.text() : undefined;
    });
    expect(text).toBe("hello\n");
    await runFlow(standby.url);
    await standby.stop();
  },
);

test("a server whose bucket can't be used says why, and doesn't start", { timeout: TIMEOUT_MS }, async () => {
  for (const [change, told] of [
    [{ CAPSTAN_STORAGE_S3_BUCKET: "missing" }, ["bucket-not-found", '"missing"', "storage.s3.bucket"]],
    [
      { CAPSTAN_STORAGE_S3_ENDPOINT: "http://127.0.0.1:1", CAPSTAN_STORAGE_S3_START_TIMEOUT: "PT0S" },
      ["storage-unreachable", "http://127.0.0.1:1 (ECONNREFUSED)", "storage.s3.endpoint"],
    ],
  ] as const) {
    const failure = await startServer(await place(change)).catch((error: unknown) => String(error));
    for (const words of told) expect(failure).toContain(words);
    expect(failure).not.toContain(access.secretAccessKey);
  }
});
