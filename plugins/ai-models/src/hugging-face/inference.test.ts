import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { inference } from "./inference.ts";

const ANSWER = { sequence: "I want a refund", labels: ["support", "upsell"], scores: [0.9, 0.1] };

async function asked(properties: JsonMap = {}, status = 200) {
  await using server = await startServer((_request, response) =>
    response.writeHead(status).end(JSON.stringify(ANSWER)),
  );
  await using world = createTestWorld({ variables: { message: "I want a refund" } });
  const outcome = await world.run(inference, {
    endpoint: `${server.url}/models`,
    apiKey: "hf_k",
    model: "facebook/bart-large-mnli",
    inputs: "{{ message }}",
    ...properties,
  });
  return { ...outcome, request: server.received[0] };
}

test("a model is given its input and parameters, and its answer is the output", async () => {
  const { request, outputs } = await asked({ parameters: { candidate_labels: ["support", "upsell"], top_k: 2 } });
  expect(request).toMatchObject({
    method: "POST",
    url: "/models/facebook/bart-large-mnli",
    headers: { authorization: "Bearer hf_k", "x-use-cache": "true", "x-wait-for-model": "false" },
  });
  expect(JSON.parse(request!.body)).toEqual({
    inputs: "I want a refund",
    parameters: { candidate_labels: ["support", "upsell"], top_k: 2 },
  });
  expect(outputs).toEqual({ output: ANSWER });
});

test("what is cached and waited for is the flow's to say", async () => {
  const { request } = await asked({ useCache: false, waitForModel: true, options: { readTimeout: "PT30S" } });
  expect(request?.headers).toMatchObject({ "x-use-cache": "false", "x-wait-for-model": "true" });
});

test("a model that is not loaded yet fails, and says what to do", async () => {
  expect((await asked({}, 503)).message).toMatch(/^Hugging Face failed with status 503 .* — .*`retry`/);
});
