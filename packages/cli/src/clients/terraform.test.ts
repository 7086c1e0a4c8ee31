import { createServer } from "@capstan/server";
import { expect, onTestFinished, test } from "vitest";
import { assemble } from "../assemble.ts";
import { loadConfiguration } from "../configuration.ts";
import { openDataStore } from "../data-store.ts";
import { temporaryFiles } from "../testing/run-command.ts";

const AUTHORIZATION = `Basic ${Buffer.from("root@root.com:Root!1234").toString("base64")}`;
const JSON_TYPE = { "content-type": "application/json" };
const YAML_TYPE = { "content-type": "application/x-yaml" };

/** As the client of the provider: success is 200, 201 or 204; a body, where there is one, is JSON. */
async function provider() {
  const path = await temporaryFiles({});
  const { configuration } = loadConfiguration(undefined, {
    CAPSTAN_DATA: path("data"),
    CAPSTAN_LOGGING_LEVEL: "silent",
  });
  const { runtime, catalogue } = assemble(configuration, {}, openDataStore(path("data")));
  await runtime.start();
  const basic = { username: "root@root.com", password: "Root!1234" };
  const server = createServer(runtime, { host: "127.0.0.1", port: 0, catalogue, authentication: { basic } });
  onTestFinished(async () => {
    await server.close();
    await runtime.stop();
  });
  return async (
    method: "GET" | "POST" | "PUT" | "DELETE",
    url: string,
    payload?: string,
    headers: Record<string, string> = JSON_TYPE,
  ) => {
    const reply = await server.inject({
      method,
      url: `/api/v1/main${url}`,
      headers: { authorization: AUTHORIZATION, ...headers },
      ...(payload !== undefined && { payload }),
    });
    const isJson = String(reply.headers["content-type"]).includes("json") && reply.body !== "";
    return {
      status: reply.statusCode,
      text: reply.body,
      json: (isJson ? JSON.parse(reply.body) : undefined) as unknown,
    };
  };
}

const FLOW = `id: flow
namespace: io.kestra.terraform
# a comment that the test looks for
inputs:
  - name: my-value
    type: STRING
    required: true
variables:
  first: "1"
pluginDefaults:
  - type: io.kestra.plugin.core.log.Log
    values:
      level: ERROR
tasks:
  - id: t1 # and one at the end of a line
    type: io.kestra.plugin.core.log.Log
    message: "first {{task.id}}"
  - id: t2
    type: io.kestra.plugin.core.debug.Return
    format: big
    timeout: PT60S
    retry:
      type: constant
      interval: PT5S
      maxAttempts: 3600000
triggers:
  - id: schedule
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "0 3 * * *"
    when: "{{ true }}"
`;

test("the resource of flows: validate, create, refresh, update, delete", async () => {
  const call = await provider();
  expect((await call("GET", "/flows/search")).json).toEqual({ results: [], total: 0 });
  const validate = () => call("POST", "/flows/validate", FLOW, YAML_TYPE);
  const [first, ...others] = (await validate()).json as Record<string, unknown>[];
  expect(first).not.toHaveProperty("constraints");
  expect(others).toEqual([]);
  const created = await call("POST", "/flows", FLOW, YAML_TYPE);
  expect(created).toMatchObject({
    status: 200,
    json: { id: "flow", namespace: "io.kestra.terraform", revision: 1, source: FLOW },
  });
  const url = "/flows/io.kestra.terraform/flow";
  expect((await call("GET", `${url}?source=true`)).json).toMatchObject({ revision: 1, source: FLOW });
  const commented = FLOW.replace("a comment", "another comment");
  expect((await call("PUT", url, commented, YAML_TYPE)).json).toMatchObject({ revision: 2, source: commented });
  expect((await call("PUT", url, commented, YAML_TYPE)).json).toMatchObject({ revision: 2 });
  const shown = (await call("GET", url)).json as { tasks: { retry?: object }[]; inputs: object[] };
  expect(shown).not.toHaveProperty("source");
  expect(shown).toMatchObject({
    variables: { first: "1" },
    inputs: [{ id: "my-value", type: "STRING" }],
    tasks: [
      { id: "t1" },
      { id: "t2", timeout: "PT60S", retry: { type: "constant", interval: "PT5S", maxAttempts: 3_600_000 } },
    ],
    triggers: [{ id: "schedule", when: "{{ true }}" }],
  });
  expect(await call("DELETE", url)).toMatchObject({ status: 204, text: "" });
  expect((await call("GET", `${url}?source=true`)).status).toBe(404);
  expect((await call("DELETE", url)).status).toBe(404);
});

test("a flow of plugins that are not here is stored with a warning, one that is wrong is told in one text", async () => {
  const call = await provider();
  const foreign = FLOW.replace("io.kestra.plugin.core.debug.Return", "io.kestra.plugin.slack.Post");
  const [warned] = (await call("POST", "/flows/validate", foreign, YAML_TYPE)).json as Record<string, unknown>[];
  expect(warned?.["warnings"]).toContainEqual(expect.stringContaining("slack.Post"));
  expect(warned).not.toHaveProperty("constraints");
  expect((await call("POST", "/flows", foreign, YAML_TYPE)).status).toBe(200);
  expect((await call("POST", "/flows", foreign, YAML_TYPE)).status).toBe(422);
  const [refused] = (await call("POST", "/flows/validate", "id: [", YAML_TYPE)).json as { constraints: string }[];
  expect(refused?.constraints).toMatch(/^Unable to validate the flow/);
});

test("the resource of namespace files: write, read the same bytes, replace, delete", async () => {
  const call = await provider();
  const form = { "content-type": "multipart/form-data; boundary=terraform" };
  const write = (content: string) => {
    const head =
      'Content-Disposition: form-data; name="fileContent"; filename="file.txt"\r\nContent-Type: application/octet-stream';
    const body = `--terraform\r\n${head}\r\n\r\n${content}\r\n--terraform--\r\n`;
    return call("POST", "/namespaces/io.kestra.terraform/files?path=/path/simple.yml", body, form);
  };
  for (const content of ["a: b\n", "a: c\r\n\n"]) {
    expect(await write(content)).toMatchObject({ status: 200, text: "" });
    expect((await call("GET", "/namespaces/io.kestra.terraform/files?path=/path/simple.yml")).text).toBe(content);
  }
  const removed = await call("DELETE", "/namespaces/io.kestra.terraform/files?path=/path/simple.yml");
  expect(removed).toMatchObject({ status: 200, text: "" });
  expect((await call("GET", "/namespaces/io.kestra.terraform/files?path=/path/simple.yml")).status).toBe(404);
  expect((await call("GET", "/namespaces/io.kestra.terraform/files/directory")).json).toEqual([]);
});

test.each([
  ["stringValue", "STRING", "stringValue"],
  ['"2"', "STRING", "2"],
  ['"{\\"a\\":1}"', "STRING", '{"a":1}'],
  ["1", "NUMBER", 1],
  ["1.5", "NUMBER", 1.5],
  ["true", "BOOLEAN", true],
  ["2022-05-01T03:02:01Z", "DATETIME", "2022-05-01T03:02:01Z"],
  ["2022-05-01", "DATE", "2022-05-01"],
  ["P3DT3H2M1S", "DURATION", "PT75H2M1S"],
  ['{"some":"value"}', "JSON", { some: "value" }],
  ['[{"some":"value"}]', "JSON", [{ some: "value" }]],
])("the resource of key-values: %s is a %s", async (written, type, value) => {
  const call = await provider();
  const url = "/namespaces/io.kestra.terraform.data/kv/key";
  expect(await call("PUT", url, written, {})).toMatchObject({ status: 200, text: "" });
  expect((await call("GET", url)).json).toMatchObject({ type, value });
  expect(await call("DELETE", url)).toMatchObject({ status: 200, text: "true" });
  expect((await call("GET", url)).status).toBe(404);
});
