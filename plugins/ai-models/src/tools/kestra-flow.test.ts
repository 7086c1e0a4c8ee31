import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, startServer, type TestOptions } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { aiAgent } from "../agent/ai-agent.ts";
import { inTurn } from "../testing/fake-api.ts";
import { chatCalling, chatSaying, KEY, startOpenAi } from "../testing/openai-api.ts";

const EXECUTION = { id: "e1", tenantId: "main", namespace: "company", flowId: "greet", state: { current: "CREATED" } };
const FLOW = {
  id: "greet",
  namespace: "company",
  description: "Greets somebody.",
  inputs: [
    { id: "name", type: "STRING", displayName: "Who" },
    { id: "loud", type: "BOOLEAN" },
  ],
};

/** A server that starts flows, and an agent whose model wants one started. */
async function started(
  tool: JsonMap,
  call: readonly [string, object],
  options: TestOptions = {},
  flow: unknown = FLOW,
) {
  await using server = await startServer((request, response) =>
    response.end(JSON.stringify(request.method === "GET" ? flow : EXECUTION)),
  );
  await using api = await startOpenAi({ chat: inTurn([chatCalling(call), chatSaying("Ok.")]) });
  const variables = { kestra: { url: server.url }, labels: { team: "a", system: { correlationId: "c" } } };
  await using world = createTestWorld({ variables, ...options });
  const provider = { type: "io.kestra.plugin.ai.provider.OpenAI", apiKey: KEY, modelName: "m", baseUrl: api.baseUrl };
  const tools = [{ type: "io.kestra.plugin.ai.tool.KestraFlow", ...tool }];
  const { message, outputs } = await world.run(aiAgent, { provider, prompt: "Go.", tools });
  const [execution] = (outputs?.["toolExecutions"] ?? []) as readonly { result: string }[];
  const [first] = api.bodies as readonly { tools: readonly { function: JsonMap }[] }[];
  const request = server.received.find(({ method }) => method === "POST");
  return { message, result: execution?.result, told: first?.tools[0]?.function, request, masked: world.masked };
}

/** The fields of a form, as a server of forms reads them. */
async function fieldsOf({ headers, body }: { headers: Record<string, unknown>; body: string }) {
  const read = new Response(body, { headers: { "content-type": String(headers["content-type"]) } });
  return Object.fromEntries((await read.formData()).entries());
}

test("a model starts any flow, with inputs, labels and a date", async () => {
  const input = {
    namespace: "company",
    flowId: "greet",
    revision: 2,
    inputs: { name: 'A "b"\r\nc', count: 3, list: [1] },
    labels: { by: "model" },
    scheduleDate: "2030-01-01T00:00:00Z",
  };
  const { told, request, result } = await started({ description: "Starts things." }, ["kestra_flow", input]);
  expect(told).toMatchObject({
    name: "kestra_flow",
    description: "Starts things.",
    parameters: { required: ["namespace", "flowId"] },
  });
  const url = new URL(request!.url, "http://localhost");
  expect(url.pathname).toBe("/api/v1/main/executions/company/greet");
  expect(Object.fromEntries(url.searchParams)).toEqual({
    labels: "by:model",
    revision: "2",
    scheduleDate: "2030-01-01T00:00:00Z",
  });
  expect(await fieldsOf(request!)).toEqual({ name: 'A "b"\r\nc', count: "3", list: "[1]" });
  expect(JSON.parse(result ?? "")).toEqual(EXECUTION);
});

test("what the flow says goes before what the model wants", async () => {
  const tool = {
    namespace: "company",
    flowId: "greet",
    revision: 4,
    inputs: { name: "{{ who }}" },
    labels: [{ key: "by", value: "flow" }],
    inheritLabels: true,
    tenantId: "other",
    auth: { apiToken: "api-token" },
  };
  const input = {
    namespace: "evil",
    flowId: "evil",
    revision: 1,
    inputs: { name: "x", loud: true },
    labels: { by: "model" },
  };
  const variables = { who: "Ada", labels: { team: "a", system: { correlationId: "c" } } };
  await using server = await startServer((request, response) =>
    response.end(JSON.stringify(request.method === "GET" ? FLOW : EXECUTION)),
  );
  const outcome = await started({ ...tool, kestraUrl: server.url }, ["kestra_flow_company_greet", input], {
    variables,
  });
  const request = server.received.at(-1)!;
  const url = new URL(request.url, "http://localhost");
  expect(url.pathname).toBe("/api/v1/other/executions/company/greet");
  expect(url.searchParams.getAll("labels").toSorted()).toEqual(["by:flow", "team:a"]);
  expect(url.searchParams.get("revision")).toBe("4");
  expect(await fieldsOf(request)).toEqual({ name: "Ada", loud: "true" });
  expect(request.headers.authorization).toBe("Bearer api-token");
  expect(outcome.masked).toContain("api-token");
  expect(outcome.told).toMatchObject({
    name: "kestra_flow_company_greet",
    description: "Starts a workflow, and answers with its execution. What it does: Greets somebody.",
    parameters: {
      properties: {
        inputs: { properties: { name: { description: "Who. Type: STRING" }, loud: { description: "Type: BOOLEAN" } } },
      },
    },
  });
});

test("a user and a password authenticate as well", async () => {
  const { request, masked } = await started({ auth: { username: "ada", password: "pass-word" } }, [
    "kestra_flow",
    { namespace: "company", flowId: "greet" },
  ]);
  expect(request?.headers.authorization).toBe(`Basic ${Buffer.from("ada:pass-word").toString("base64")}`);
  expect(masked).toContain("pass-word");
});

test.each<[JsonMap, unknown, RegExp]>([
  [{ flowId: "greet" }, FLOW, /has only one of `namespace` and `flowId`/],
  [
    { namespace: "company", flowId: "greet" },
    { id: "greet" },
    /^Nothing tells the model what the flow company\.greet is for/,
  ],
  [{ namespace: "company", flowId: "greet" }, [], /answered with what is no flow\. Check `kestraUrl`/],
])("%j is no flow to start", async (tool, flow, message) => {
  expect((await started(tool, ["kestra_flow", {}], {}, flow)).message).toMatch(message);
});

test("a model that names no flow is told to", async () => {
  const { result, request } = await started({}, ["kestra_flow", { namespace: "company" }]);
  expect(result).toBe("The tool failed: The namespace and the flowId must be given.");
  expect(request).toBeUndefined();
});
