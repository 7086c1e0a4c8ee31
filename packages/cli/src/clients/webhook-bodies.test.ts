import { request } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { wholeServer } from "../testing/whole-server.ts";

const FLOW = `id: hook
namespace: company.team
inputs: [{ id: count, type: INT, required: false }]
triggers:
  - { id: fetching, type: io.kestra.plugin.core.trigger.Webhook, key: fetching, wait: true, returnOutputs: true }
  - id: storing
    type: io.kestra.plugin.core.trigger.Webhook
    key: storing
    wait: true
    returnOutputs: true
    fetchType: STORE
  - { id: dropping, type: io.kestra.plugin.core.trigger.Webhook, key: dropping, wait: true, returnOutputs: true, fetchType: NONE }
  - id: choosy
    type: io.kestra.plugin.core.trigger.Webhook
    key: choosy
    fetchType: STORE
    when: "{{ trigger.parameters.go is defined }}"
    inputs: { count: "{{ trigger.parameters.go[0] }}" }
  - id: coded
    type: io.kestra.plugin.core.trigger.Webhook
    key: coded
    wait: true
    returnOutputs: true
    responseCode: "{{ outputs.code.value }}"
tasks:
  - { id: code, type: io.kestra.plugin.core.debug.Return, format: "{{ trigger.parameters.code[0] ?? 200 }}" }
  - id: read
    runIf: "{{ trigger.parameters.read is defined }}"
    type: io.kestra.plugin.core.debug.Return
    format: "{{ read(trigger.uri ?? trigger.parts[0].uri) }}"
outputs:
  - { id: trigger, type: JSON, value: "{{ trigger | toJson }}" }
  - { id: read, type: STRING, value: "{{ outputs.read.value ?? '' }}" }
`;

const PATH = "/api/v1/main/executions/webhook/company.team/hook";
const FOLDER = "/company/team/hook/executions";
const FORM = "multipart/form-data; boundary=x";
const file = (name: string, content: string) =>
  `--x\r\nContent-Disposition: form-data; name="${name}"; filename="../a b.csv"\r\nContent-Type: text/csv\r\n\r\n${content}\r\n`;
const field = (name: string, value: string) =>
  `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly isReplayed: boolean;
}

interface Ask {
  readonly type?: string;
  readonly key?: string;
  /** The length is not said beforehand. */
  readonly isChunked?: boolean;
}

async function setup(limits: { webhookBodyBytesMax?: number; uploadBytesMax?: number } = {}) {
  const { runtime, server } = await wholeServer({ limits });
  await runtime.flows.save("main", FLOW);
  const { url } = await server.listen();
  onTestFinished(() => server.close());
  const ask = (key: string, body: string | Buffer, { type, key: idempotencyKey, isChunked = false }: Ask = {}) =>
    new Promise<Reply>((resolve, reject) => {
      const headers = {
        ...(type !== undefined && { "content-type": type }),
        ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }),
        ...(isChunked ? { "transfer-encoding": "chunked" } : { "content-length": String(Buffer.byteLength(body)) }),
      };
      const sent = request(`${url}${PATH}/${key}`, { method: "POST", headers }, (reply) => {
        let text = "";
        reply.setEncoding("utf8");
        reply.on("data", (chunk: string) => (text += chunk));
        reply.on("end", () =>
          resolve({ status: reply.statusCode!, text, isReplayed: reply.headers["idempotent-replayed"] === "true" }),
        );
      });
      sent.on("error", reject);
      sent.end(body);
    });
  const called = async (key: string, body: string | Buffer, options: Ask = {}) => {
    const { status, text } = await ask(key, body, options);
    expect([status, text]).toEqual([200, expect.stringContaining("{")]);
    const { trigger, read } = JSON.parse(text) as { trigger: Record<string, unknown>; read: string };
    const { headers: _headers, parameters: _parameters, ...content } = trigger;
    return { content, read };
  };
  const files = async () => {
    const found: string[] = [];
    for await (const { path } of runtime.storage.walk("main", FOLDER)) found.push(path);
    return found;
  };
  return { runtime, url, ask, called, files };
}

test.each([
  ["JSON", "application/json", '{"a":1}', { a: 1 }],
  ["JSON of a vendor", "application/vnd.x+json", '{"a":1}', { a: 1 }],
  ["text without a media type", undefined, "größer", "größer"],
  ["a form of the query's kind", "application/x-www-form-urlencoded", "a=1", "a=1"],
  ["XML", "application/xml; charset=utf-8", "<a/>", "<a/>"],
  ["bytes", "application/octet-stream", Buffer.from([0xff, 0x00, 0xfe]), "/wD+"],
  ["an image", "image/png", Buffer.from([0x89, 0x50]), "iVA="],
])("a body of %s is in trigger.body, whether its length is said or not", async (_what, type, body, shown) => {
  const { called } = await setup();
  const given = type === undefined ? {} : { type };
  expect((await called("fetching", body, given)).content).toEqual({ body: shown });
  expect((await called("fetching", body, { ...given, isChunked: true })).content).toEqual({ body: shown });
});

test.each([
  ["as it comes", true],
  ["whole", false],
])("a body that is to be stored is a file of the execution, when it is sent %s", async (_how, isChunked) => {
  const { called, files } = await setup();
  const { content, read } = await called("storing?read=1", "large", { isChunked });
  const [path] = await files();
  expect(content).toEqual({ body: null, uri: `kestra://${path}` });
  expect(read).toBe("large");
  expect(path).toMatch(/^\/company\/team\/hook\/executions\/[^/]+\/webhook\/body$/u);
});

test("a body that nobody needs is dropped", async () => {
  const { called, files } = await setup();
  expect((await called("dropping", '{"a":1}', { type: "application/json" })).content).toEqual({ body: null });
  expect((await called("dropping", '{"a":1}', { isChunked: true })).content).toEqual({ body: null });
  expect(await files()).toEqual([]);
});

test.each(["fetching?read=1", "storing", "dropping"])(
  "files of a form are stored whatever becomes of bodies: %s",
  async (key) => {
    const { called, files } = await setup();
    const form = `${field("note", "a")}${file("data", "1,2")}${field("note", "b")}${file("more", "")}--x--\r\n`;
    const { content, read } = await called(key, form, { type: FORM });
    const [first, second] = (await files()).map((path) => `kestra://${path}`);
    expect(content).toEqual({
      body: null,
      parts: [
        { name: "data", filename: "a b.csv", contentType: "text/csv", size: 3, uri: first },
        { name: "more", filename: "a b.csv", contentType: "text/csv", size: 0, uri: second },
      ],
      formFields: { note: ["a", "b"] },
    });
    expect(read).toBe(key === "fetching?read=1" ? "1,2" : "");
    expect(first).toMatch(/\/webhook\/parts\/0\/a_b\.csv$/u);
  },
);

test("what was stored is removed when nothing is started", async () => {
  const { ask, files, runtime } = await setup();
  expect((await ask("choosy", "body")).status).toBe(204);
  expect((await ask("choosy", "body", { isChunked: true })).status).toBe(204);
  expect((await ask("choosy?go=many", "body")).status).toBe(422);
  expect((await ask("choosy", `${file("data", "1")}--x--\r\n`, { type: FORM })).status).toBe(204);
  expect((await ask("choosy?go=1", `${file("data", "1")}--x`, { type: FORM })).status).toBe(422);
  expect(await files()).toEqual([]);
  const { rows } = await runtime.store.executions.search({ tenant: "main" }, { offset: 0, limit: 10 });
  expect(rows).toEqual([]);
  expect((await ask("choosy?go=1", "body")).status).toBe(200);
  expect(await files()).toHaveLength(1);
});

test.each([
  ["fetching", { webhookBodyBytesMax: 10 }],
  ["storing", { uploadBytesMax: 10, webhookBodyBytesMax: 1 }],
  ["dropping", { uploadBytesMax: 10, webhookBodyBytesMax: 1 }],
])("%s takes a body up to its limit", async (key, limits) => {
  const { ask, files } = await setup(limits);
  for (const isChunked of [true, false]) {
    expect((await ask(key, "x".repeat(10), { isChunked })).status).toBe(200);
    const before = await files();
    const beyond = await ask(key, "x".repeat(11), { isChunked });
    expect([beyond.status, JSON.parse(beyond.text)]).toEqual([
      413,
      expect.objectContaining({ code: "body-too-large" }),
    ]);
    expect(await files()).toEqual(before);
  }
});

test("texts of a form may be as large together as a body that is fetched", async () => {
  const { ask, files } = await setup({ webhookBodyBytesMax: 10 });
  const form = (second: string) => `${file("data", "1")}${field("a", "x".repeat(5))}${field("b", second)}--x--\r\n`;
  expect((await ask("fetching", form("x".repeat(5)), { type: FORM })).status).toBe(200);
  const before = await files();
  expect((await ask("fetching", form("x".repeat(6)), { type: FORM })).status).toBe(413);
  expect(await files()).toEqual(before);
});

test.each<[string, string, Ask]>([
  ["stored whole", "body", {}],
  ["stored as it came", "body", { isChunked: true }],
  ["a form", `${file("data", "body")}--x--\r\n`, { type: FORM }],
])("a call with a key is done once, with a body %s", async (_how, body, options) => {
  const { ask, files } = await setup();
  const first = await ask("storing", body, { ...options, key: "k" });
  expect([first.status, first.isReplayed]).toEqual([200, false]);
  const before = await files();
  expect(await ask("storing", body, { ...options, key: "k" })).toEqual({ ...first, isReplayed: true });
  const other = await ask("storing", body.replace("body", "other"), { ...options, key: "k" });
  expect([other.status, JSON.parse(other.text)]).toEqual([
    422,
    expect.objectContaining({ code: "idempotency-key-reused" }),
  ]);
  expect(await files()).toEqual(before);
});

test("the status that a webhook answers may be an output of the execution that it waited for", async () => {
  const { ask } = await setup();
  expect((await ask("coded?code=202", "x")).status).toBe(202);
  expect((await ask("coded", "x")).status).toBe(200);
});
