import { anyMap, anyValue, defineTask, dynamic, type TaskContext, TaskFailure, text, textMap } from "@capstan/sdk";
import { z } from "zod";
import { callModel } from "../model-api.ts";
import { countTokens } from "../token-count.ts";
import { calling, connection } from "./connection.ts";
import { cacheKey } from "./prompt-cache.ts";

const TOOL_CHOICES = { NONE: "none", AUTO: "auto", REQUIRED: "required" } as const;

const content = () =>
  z.looseObject({
    type: z.string(),
    text: z.string().optional(),
    refusal: z.string().optional(),
    annotations: z.array(z.looseObject({ url: z.string().optional() })).nullish(),
  });

const responseAnswer = () =>
  z.looseObject({
    id: z.string(),
    status: z.string().optional(),
    error: z.looseObject({ message: z.string().optional() }).nullish(),
    incomplete_details: z.looseObject({ reason: z.string().optional() }).nullish(),
    output: z.array(
      z.looseObject({
        type: z.string(),
        content: z.array(content()).nullish(),
        arguments: z.string().optional(),
      }),
    ),
    usage: z
      .looseObject({
        input_tokens: z.number().optional(),
        output_tokens: z.number().optional(),
        total_tokens: z.number().optional(),
      })
      .nullish(),
  });

type ResponseAnswer = z.output<ReturnType<typeof responseAnswer>>;

export const responses = defineTask({
  type: "io.kestra.plugin.openai.Responses",
  title: "Ask a model of OpenAI that has tools",
  description:
    "Sends input to the API of responses: with tools such as web search, with answers of a given structure, and with conversations that OpenAI remembers.",
  properties: () =>
    z.object({
      ...connection(),
      model: text().describe("The model, such as gpt-4.1-mini."),
      input: anyValue().describe("What is asked: a text, or a list of messages as the API has them."),
      text: anyMap().optional().describe("Structure of the answer: `format`, as the API has it."),
      tools: dynamic(z.array(anyMap()))
        .optional()
        .describe("Tools that the model may use, as the API has them, such as `type: web_search`."),
      toolChoice: dynamic(z.enum(["NONE", "AUTO", "REQUIRED"]))
        .optional()
        .describe("Whether it uses a tool: NONE, AUTO or REQUIRED. Default: AUTO."),
      store: dynamic(z.boolean())
        .default(true)
        .describe("Whether OpenAI keeps the answer, so that it can be continued. Default: true."),
      previousResponseId: text().optional().describe("`responseId` of the answer that is continued."),
      promptId: text().optional().describe("Id of a prompt that is kept at OpenAI."),
      promptVariables: textMap().optional().describe("Values for the variables of that prompt."),
      reasoning: textMap().optional().describe("How it thinks, such as `effort: low`."),
      maxOutputTokens: dynamic(z.int().min(1))
        .optional()
        .describe("Tokens that the answer may have, including those of thinking."),
      temperature: dynamic(z.number().min(0).max(2)).optional().describe("Randomness, from 0 to 2. Default: 1."),
      topP: dynamic(z.number().min(0).max(1))
        .optional()
        .describe("Only the likeliest tokens of this probability are considered. Default: 1."),
      parallelToolCalls: dynamic(z.boolean())
        .optional()
        .describe("Whether it may use several tools at once. Default: true."),
      promptCaching: dynamic(z.boolean())
        .optional()
        .describe(
          "Whether runs of this task share OpenAI's cache of prompts, which makes their equal beginning cheaper.",
        ),
    }),
  outputs: () =>
    z.object({
      responseId: z.string().describe("Id of the answer."),
      outputText: z
        .string()
        .describe("The text of the answer; the arguments of the first function to be called where there is none."),
      sources: z.array(z.string()).describe("Addresses that the text refers to."),
      rawResponse: z.looseObject({}).describe("The whole answer."),
    }),
  examples: [
    {
      title: "Ask with a search of the web",
      code: [
        "id: news",
        "type: io.kestra.plugin.openai.Responses",
        `apiKey: "{{ secret('OPENAI_API_KEY') }}"`,
        "model: gpt-4.1-mini",
        "clientTimeout: 120",
        "input: What changed in the last release of PostgreSQL?",
        "tools:",
        "  - type: web_search",
        "toolChoice: REQUIRED",
        "",
      ].join("\n"),
    },
  ],
  async run(context) {
    const { properties, identity } = context;
    const { model, input, toolChoice, promptId, promptVariables, promptCaching } = properties;
    if (promptVariables !== undefined && promptId === undefined)
      throw new TaskFailure("`promptVariables` are values for a prompt: say which one with `promptId`.");
    const answer = await callModel(context, {
      ...calling(properties),
      path: "/responses",
      body: {
        model,
        input,
        text: properties.text,
        tools: properties.tools,
        tool_choice: toolChoice === undefined ? undefined : TOOL_CHOICES[toolChoice],
        store: properties.store,
        previous_response_id: properties.previousResponseId,
        prompt: promptId === undefined ? undefined : { id: promptId, variables: promptVariables },
        reasoning: properties.reasoning,
        max_output_tokens: properties.maxOutputTokens,
        temperature: properties.temperature,
        top_p: properties.topP,
        parallel_tool_calls: properties.parallelToolCalls,
        prompt_cache_key: promptCaching === true ? cacheKey(identity) : undefined,
        user: properties.user,
      },
      answer: responseAnswer(),
    });
    tellOf(context, answer, model);
    return {
      responseId: answer.id,
      outputText: outputText(answer),
      sources: [
        ...new Set(
          contents(answer)
            .flatMap(({ annotations }) => annotations ?? [])
            .flatMap(({ url }) => url ?? []),
        ),
      ],
      rawResponse: answer,
    };
  },
});

function tellOf(context: TaskContext<unknown>, answer: ResponseAnswer, model: string): void {
  const { status = "completed", error, incomplete_details, usage } = answer;
  countTokens(context, {
    "usage.input.tokens": usage?.input_tokens,
    "usage.output.tokens": usage?.output_tokens,
    "usage.total.tokens": usage?.total_tokens,
  });
  if (status === "failed")
    throw new TaskFailure(`OpenAI failed to answer: ${error?.message ?? "it does not say why"}`, {
      outputs: { responseId: answer.id, rawResponse: answer },
    });
  context.log.info(`OpenAI answered with ${model}, status: ${status}`);
  if (status === "incomplete")
    context.log.warn(`The answer is not complete: ${incomplete_details?.reason ?? "it does not say why"}`);
  for (const { refusal } of contents(answer))
    if (refusal !== undefined) context.log.warn(`OpenAI refused to answer: ${refusal}`);
}

function contents({ output }: ResponseAnswer) {
  return output.flatMap((item) => item.content ?? []);
}

function outputText(answer: ResponseAnswer): string {
  const texts = contents(answer).filter(({ type }) => type === "output_text");
  if (texts.length > 0) return texts.map((part) => part.text ?? "").join("");
  return answer.output.find(({ type }) => type === "function_call")?.arguments ?? "";
}
