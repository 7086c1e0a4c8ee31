import { createServer } from "node:http";
import { type AddressInfo, createServer as createPort } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Runtime } from "@capstan/runtime";
import { type S3Server, startS3Server } from "@capstan/storage/test-kit";
import { type PostgresCluster, startPostgresCluster } from "@capstan/store/test-kit";
import { createServer as createApi } from "@capstan/server";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { installedCatalogue } from "../catalogue.ts";
import { readFlowFiles } from "../flow-files.ts";
import { startAlerting } from "../testing/alerting.ts";
import { platformPlugin } from "../testing/platform-plugin.ts";
import { ROOT } from "../testing/run-command.ts";
import { endOf, startRuntime } from "../testing/start-runtime.ts";

const LOKI = "/loki/api/v1/query_range";
/** Where the local server is asked as OpenAI is. */
const MODEL = "/openai/chat/completions";
/** What the local server was asked, by path. */
const received = new Map<string, unknown[]>();
let authorization: string | undefined;
let severity = "critical";
const services = createServer((request, response) => {
  const answer = async () => {
    const { pathname: path, searchParams } = new URL(request.url ?? "", "http://services");
    const asked: unknown =
      request.method === "GET" ? Object.fromEntries(searchParams) : JSON.parse(await text(request));
    received.set(path, [...(received.get(path) ?? []), asked]);
    authorization = request.headers.authorization ?? authorization;
    response.end(JSON.stringify(answerTo(path)));
  };
  answer().catch(() => response.destroy());
});
/** Looks at what is in the bucket, as somebody would who needs it. */
const RESTORE = `id: restore
namespace: platform.ops
tasks:
  - { id: list, type: aws.s3.List, bucket: backups, prefix: db/ }
  - { id: load, type: aws.s3.Download, bucket: backups, key: "{{ outputs.list.objects[0].key }}" }
  - { id: unpack, type: compress.FileDecompress, compression: GZIP, from: "{{ outputs.load.uri }}" }
  - { id: show, type: core.debug.Return, format: "{{ read(outputs.unpack.uri) }}" }
`;
let database: PostgresCluster;
let objects: S3Server;
/** What the commands and the clients of AWS read, as of a worker in a cluster. */
let environment: Record<string, string>;
let runtime: Runtime;
let stop: () => Promise<void>;
const saved: Awaited<ReturnType<Runtime["flows"]["save"]>>[] = [];

function answerTo(path: string): unknown {
  if (path === LOKI) {
    const values = [
      ["1700000000000000002", "second error"],
      ["1700000000000000001", "first error"],
    ];
    return { status: "success", data: { resultType: "streams", result: [{ stream: { service: "api" }, values }] } };
  }
  if (path === MODEL) return { choices: [{ message: { content: `It is "${severity}".\nRestart it.` } }] };
  return { ok: true };
}

beforeAll(async () => {
  await new Promise<void>((resolve) => services.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(services.address() as AddressInfo).port}`;
  const port = await freePort();
  database = await startPostgresCluster({ port });
  await database.query("CREATE TABLE orders AS SELECT 4711 AS number");
  objects = await startS3Server();
  const { endpoint, accessKeyId, secretAccessKey } = await objects.bucket("backups");
  environment = {
    PGPORT: String(port),
    PGUSER: "capstan",
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: "us-east-1",
  };
  Object.assign(process.env, environment);
  const module = import.meta.resolve("../testing/platform-plugin.ts");
  ({ runtime, stop } = await startRuntime({
    plugin: { manifest: platformPlugin, module },
    environment: {
      ENV_SLACK_WEBHOOK: `${url}/slack`,
      ENV_OPENAI_API_KEY: "key",
      SECRET_WEBHOOK_KEY: Buffer.from("hook").toString("base64"),
    },
  }));
  for (const { source } of (await readFlowFiles([join(ROOT, "examples/platform")])).files) {
    // The only change to the files: the hosts that they name, and that of OpenAI, are this machine.
    const openai = "io.kestra.plugin.openai";
    const defaults = `pluginDefaults: [{ type: ${openai}, values: { baseUrl: "${url}/openai" } }]\n`;
    const local =
      source.replaceAll(/http:\/\/[\w.-]+\.example\.com:\d+/g, url).replaceAll("postgres.example.com", "127.0.0.1") +
      (source.includes(openai) ? defaults : "");
    saved.push(await runtime.flows.save("main", local));
  }
}, 120_000);

afterAll(async () => {
  await stop();
  services.close();
  for (const name of Object.keys(environment)) delete process.env[name];
  await Promise.all([database.dispose(), objects.stop()]);
});

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createPort();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

beforeEach(() => received.clear());

async function ended(id: string) {
  const { state, runs } = await endOf(runtime, id);
  expect(state, runs).toBe("SUCCESS");
}

test("with the plugins they need, the flows of a platform have no warning", () => {
  const warnings = saved.flatMap(({ checked }) => checked.diagnostics.filter(({ severity }) => severity !== "note"));
  expect(saved).toHaveLength(3);
  expect(warnings).toEqual([]);
});

test("a real database is dumped, the dump is in a real bucket under the day's name, and that is told", async () => {
  const { id } = await runtime.executions.create({
    tenant: "main",
    namespace: "platform.ops",
    flowId: "backup-pipeline",
  });
  await ended(id);
  await runtime.flows.save("main", RESTORE);
  const restored = await runtime.executions.create({ tenant: "main", namespace: "platform.ops", flowId: "restore" });
  await ended(restored.id);
  const { taskRuns = [] } = (await runtime.executions.ended("main", restored.id)) ?? {};
  const outputsOf = (task: string) => taskRuns.find(({ taskId }) => taskId === task)?.outputs;
  const [{ key }] = outputsOf("list")!["objects"] as [{ readonly key: string }];
  expect(key).toMatch(/^db\/\d{4}-\d\d-\d\d\.sql\.gz$/);
  const dump = String(outputsOf("show")?.["value"]);
  expect(dump).toContain("PostgreSQL database cluster dump");
  expect(dump).toMatch(/COPY capstan\.orders|COPY public\.orders/);
  expect(dump).toContain("\n4711\n");
  expect(received.get("/slack")).toEqual([{ text: "✅ Database backup completed" }]);
});

test.each([
  ["critical", [{ text: '🚨 Critical errors in api: It is "critical".\nRestart it.' }]],
  ["low", undefined],
])("a webhook without a service has the errors looked at; %s ones are told", async (found, told) => {
  severity = found;
  const { id } = await runtime.executions.create({
    tenant: "main",
    namespace: "platform.monitoring",
    flowId: "analyze-errors",
  });
  await ended(id);
  const start = expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string;
  expect(received.get(LOKI)).toMatchObject([{ query: '{service="api"} |= "error"', start }]);
  expect(received.get(MODEL)).toEqual([
    {
      model: "gpt-4o",
      messages: [
        { role: "system", content: expect.stringContaining("You are an SRE assistant.") },
        { role: "user", content: "Error logs from api:\n- second error\n- first error\n\n" },
      ],
    },
  ]);
  expect(authorization).toBe("Bearer key");
  expect(received.get("/slack")).toEqual(told);
});

test("an alert of a real Prometheus has the errors of its service looked at", async () => {
  severity = "critical";
  const api = createApi(runtime, { host: "127.0.0.1", port: 0, catalogue: installedCatalogue() });
  onTestFinished(() => api.close());
  const { url } = await api.listen();
  const webhook = `${url}/api/v1/main/executions/webhook/platform.monitoring/analyze-errors/hook?service=checkout`;
  const alerting = await startAlerting(
    JSON.stringify({
      route: { receiver: "capstan", group_wait: "0s" },
      receivers: [{ name: "capstan", webhook_configs: [{ url: webhook, send_resolved: false }] }],
    }),
  );
  onTestFinished(() => alerting[Symbol.asyncDispose]());
  alerting.setErrors({ checkout: 1 });
  const told = { text: '🚨 Critical errors in checkout: It is "critical".\nRestart it.' };
  await vi.waitFor(() => expect(received.get("/slack")).toEqual([told]), { timeout: 30_000 });
  expect(received.get(LOKI)).toMatchObject([{ query: '{service="checkout"} |= "error"' }]);
}, 60_000);

test("each prompt is drawn once", async () => {
  const inputs = { prompts: ["a cat", "a dog", "a fish"] };
  const request = { tenant: "main", namespace: "platform.ai", flowId: "generate-images", inputs };
  await ended((await runtime.executions.create(request)).id);
  const prompts = (received.get("/prompt") as { prompt: string }[]).map(({ prompt }) => prompt);
  expect(prompts.toSorted()).toEqual(inputs.prompts);
  expect(received.get("/slack")).toEqual([{ text: "🎨 Generated 3 images" }]);
});
