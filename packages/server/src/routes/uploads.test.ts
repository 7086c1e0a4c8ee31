import { expect, onTestFinished, test } from "vitest";
import type { ServerOptions } from "../server.ts";
import { formText, sendRaw } from "../testing/raw-request.ts";
import { setup } from "../testing/setup.ts";

const FORM = { "content-type": "multipart/form-data; boundary=x" };
const START = "/executions/company.team/hello";
const EXECUTIONS = "/company/team/hello/executions";
const file = (name: string, fileName: string) =>
  `Content-Disposition: form-data; name="${name}"; filename="${fileName}"`;
const field = (name: string) => `Content-Disposition: form-data; name="${name}"`;

async function listening(options: Partial<ServerOptions> = {}) {
  const bundle = await setup(options);
  const { url } = await bundle.server.listen();
  onTestFinished(() => bundle.server.close());
  return { ...bundle, url, api: `${url}/api/v1/main` };
}

test("a part of JSON stays text, a file without a name takes the name of its part, labels are no input", async () => {
  const { call } = await setup();
  const body = formText([
    [`${field("settings")}\r\nContent-Type: application/json`, '{"a": [1, 2]}'],
    [`${field("data")}\r\nContent-Type: application/octet-stream`, "bytes"],
    [field("labels"), "a:b"],
    [field("labels"), "c:d"],
  ]);
  const { status, json } = await call("POST", START, body, FORM);
  expect(status).toBe(200);
  const { inputs } = json as { inputs: Record<string, string> };
  expect(Object.keys(inputs)).toEqual(["settings", "data"]);
  expect(JSON.parse(inputs["settings"]!)).toEqual({ a: [1, 2] });
  expect(inputs["data"]).toMatch(/\/inputs\/data\/file$/);
});

test("a part that says it is JSON, and is not, is refused", async () => {
  const { call, memory } = await setup();
  const answer = await call("POST", START, formText([[`${field("a")}\r\nContent-Type: application/json`, "{"]]), FORM);
  expect([answer.status, answer.json]).toEqual([422, expect.objectContaining({ code: "multipart-invalid" })]);
  expect(answer.text).toContain("says that it is application/json, and is not");
  expect(memory.executions.size).toBe(0);
});

test.each([
  ["two texts", [field("name"), field("name")]],
  ["two files", [file("files", "data"), file("files", "data")]],
  ["a text and a file", [field("data"), file("data", "a.csv")]],
])("an input that is sent twice, as %s, is refused and leaves nothing", async (_what, parts) => {
  const { call, runtime, memory } = await setup();
  const body = formText(parts.map((headers) => [headers, "content"]));
  const answer = await call("POST", START, body, FORM);
  expect([answer.status, answer.json]).toEqual([422, expect.objectContaining({ code: "input-repeated" })]);
  expect(await runtime.storage.list("main", EXECUTIONS)).toEqual([]);
  expect(memory.executions.size).toBe(0);
});

test.each([
  ["cut off in a text", `--x\r\n${field("a")}\r\n\r\nval`],
  ["cut off in a file", `--x\r\n${file("files", "data")}\r\n\r\nval`],
  ["cut off in a header", `--x\r\nContent-Dispo`],
  ["with another boundary", formText([[field("a"), "1"]], "other")],
])("a form %s is refused and leaves nothing", async (_what, body) => {
  const { call, runtime, memory } = await setup();
  const answer = await call("POST", START, body, FORM);
  expect([answer.status, answer.json]).toEqual([422, expect.objectContaining({ code: "multipart-invalid" })]);
  expect(await runtime.storage.list("main", EXECUTIONS)).toEqual([]);
  expect(memory.executions.size).toBe(0);
});

test("what an upload would have replaced stays when it is cut off, too large or twice there", async () => {
  const { call, runtime, url } = await listening({ limits: { uploadBytesMax: 1000 } });
  const files = "/namespaces/company.team/files?path=/a.txt";
  const stored = async () => (await call("GET", files)).text;
  await call("POST", files, formText([[file("fileContent", "a"), "x".repeat(1000)]]), FORM);
  expect(await stored()).toBe("x".repeat(1000));
  const large = await call("POST", files, formText([[file("fileContent", "a"), "y".repeat(1001)]]), FORM);
  expect(large.status).toBe(413);
  expect(await stored()).toBe("x".repeat(1000));
  const cut = `--x\r\n${file("fileContent", "a")}\r\n\r\nyyy`;
  expect((await call("POST", files, cut, FORM)).status).toBe(422);
  const head = `POST /api/v1/main${files} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${FORM["content-type"]}`;
  await sendRaw(url, `${head}\r\nContent-Length: 500\r\n\r\n${cut}`, { hangUp: true });
  expect(await stored()).toBe("x".repeat(1000));
  expect((await runtime.storage.list("main", "/company/team/_files")).map(({ name }) => name)).toEqual(["a.txt"]);
});

test("files of a refused resume or replay are removed, those of the execution stay", async () => {
  const { call, start, runtime } = await setup();
  const id = await start();
  await runtime.storage.put("main", `${EXECUTIONS}/${id}/inputs/data/data`, "old");
  const body = formText([[file("files", "data"), "new"]]);
  expect((await call("POST", `/executions/${id}/resume`, body, FORM)).status).toBe(409);
  const paths: string[] = [];
  for await (const { path } of runtime.storage.walk("main", EXECUTIONS)) paths.push(path);
  expect(paths).toEqual([`${EXECUTIONS}/${id}/inputs/data/data`]);
});

test("a client that hangs up within its form leaves nothing", async () => {
  const { url, runtime, memory, call } = await listening();
  const head = `POST /api/v1/main${START} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${FORM["content-type"]}`;
  const cut = `--x\r\n${file("files", "data")}\r\n\r\nval`;
  await sendRaw(url, `${head}\r\nContent-Length: 500\r\n\r\n${cut}`, { hangUp: true });
  expect((await call("GET", "/ping")).status).toBe(200);
  expect(memory.executions.size).toBe(0);
  expect(await runtime.storage.list("main", EXECUTIONS)).toEqual([]);
});
