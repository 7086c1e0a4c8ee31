import { anyMap, defineTask, dynamic, secret, text } from "@capstan/sdk";
import { exchangeOptions, httpOptions } from "@capstan/sdk/http";
import { z } from "zod";
import { ANSWER_MS_MAX, callModel } from "../model-api.ts";

/** `api-inference.huggingface.co`, which older flows may name, is no more. */
const ENDPOINT = "https://router.huggingface.co/hf-inference/models";

export const inference = defineTask({
  type: "io.kestra.plugin.huggingface.Inference",
  title: "Use a model of Hugging Face",
  description: "Asks a model that answers in JSON: to classify, extract, translate or write.",
  properties: () =>
    z.object({
      apiKey: secret().describe("Key of the API."),
      model: text().describe("The model, such as facebook/bart-large-mnli."),
      inputs: text().describe("What the model works on."),
      parameters: anyMap().optional().describe("Parameters, which depend on the model."),
      endpoint: text()
        .default(ENDPOINT)
        .describe(`Address that the name of the model comes behind. Default: ${ENDPOINT}.`),
      useCache: dynamic(z.boolean())
        .default(true)
        .describe("Whether an answer that was given before is given again. Default: true."),
      waitForModel: dynamic(z.boolean())
        .default(false)
        .describe(
          "Whether to wait for a model that must be loaded first; otherwise it fails with status 503. Default: false.",
        ),
      options: httpOptions().optional().describe("How to connect."),
    }),
  outputs: () => z.object({ output: z.unknown().describe("What the model answers; its shape depends on the model.") }),
  examples: [
    {
      title: "Classify a message",
      code: [
        "id: classify",
        "type: io.kestra.plugin.huggingface.Inference",
        `apiKey: "{{ secret('HUGGINGFACE_API_KEY') }}"`,
        "model: facebook/bart-large-mnli",
        'inputs: "{{ inputs.message }}"',
        "parameters:",
        "  candidate_labels: [support, warranty, upsell]",
        "",
      ].join("\n"),
    },
  ],
  async run(context) {
    const { apiKey, model, inputs, parameters, endpoint, useCache, waitForModel, options } = context.properties;
    const output = await callModel(context, {
      vendor: "Hugging Face",
      baseUrl: endpoint,
      path: `/${model.split("/").map(encodeURIComponent).join("/")}`,
      headers: {
        Authorization: `Bearer ${apiKey}`,
        "x-use-cache": String(useCache),
        "x-wait-for-model": String(waitForModel),
      },
      body: { inputs, parameters },
      answer: z.unknown(),
      ...(options !== undefined && { options: exchangeOptions({ options }, ANSWER_MS_MAX) }),
    });
    context.log.info(`Hugging Face answered with ${model}`);
    return { output };
  },
});
