import { anyValue, defineTask, dynamic, TaskFailure, type TaskContext, text } from "@capstan/sdk";
import { z } from "zod";
import { answerOutputs, ask, outputsOf, violationOutputs } from "./ask.ts";
import { configuration, formatOf } from "./configuration.ts";
import { contentBlocks, partsReader } from "./content-blocks.ts";
import { guardrails } from "./guardrails.ts";
import { answeredJson } from "./json-answer.ts";
import { provider } from "./provider.ts";
import { type Question, textIn, type Turn } from "./question.ts";

const message = () =>
  z.object({
    type: dynamic(z.enum(["SYSTEM", "AI", "USER"])).describe("Who says it: SYSTEM, AI or USER."),
    content: text().optional().describe("What is said."),
    contentBlocks: contentBlocks()
      .optional()
      .describe("Further texts, images and PDF files; the files only of a USER."),
  });

const empty = (what: string) => z.array(z.unknown()).describe(`Always empty: ${what} are not supported yet.`);

export const chatCompletion = defineTask({
  type: "io.kestra.plugin.ai.completion.ChatCompletion",
  aliases: ["io.kestra.plugin.langchain4j.ChatCompletion", "io.kestra.plugin.langchain4j.completion.ChatCompletion"],
  title: "Ask a model of any provider",
  description:
    "Sends a conversation to a model, in words that are the same for all providers. The answer must be there within the `timeout` of the task, or within two minutes.",
  properties: () =>
    z.object({
      provider: provider(),
      messages: dynamic(z.array(message())).describe(
        "The conversation so far, oldest message first; the last one is a USER's.",
      ),
      configuration: configuration().default({}).describe("How the model answers."),
      guardrails: guardrails(),
      tools: z.array(z.unknown()).optional().describe("Not supported yet: a task that has some fails."),
      observability: anyValue()
        .optional()
        .meta({ deprecated: true, description: "Accepted for compatibility, without effect." }),
    }),
  outputs: () =>
    z.object({
      textOutput: z.string().optional().describe("The text of the answer."),
      aiResponse: z.string().optional().meta({ deprecated: true, description: "Older form of `textOutput`." }),
      jsonOutput: z.unknown().optional().describe("The answer as a value, if JSON was asked for."),
      thinking: z.string().optional().describe("Thoughts of the model, with `returnThinking`."),
      requestDuration: z.int().optional().describe("Milliseconds that it took."),
      ...answerOutputs(),
      toolExecutions: empty("tools"),
      intermediateResponses: empty("tools"),
      sources: empty("retrievers"),
    }),
  examples: [
    {
      title: "Ask a model of Gemini",
      code: [
        "id: ask",
        "type: io.kestra.plugin.ai.completion.ChatCompletion",
        "provider:",
        "  type: io.kestra.plugin.ai.provider.GoogleGemini",
        `  apiKey: "{{ secret('GEMINI_API_KEY') }}"`,
        "  modelName: gemini-2.5-flash",
        "messages:",
        "  - type: SYSTEM",
        "    content: You are a site reliability engineer.",
        "  - type: USER",
        '    content: "What went wrong here? {{ inputs.log }}"',
        "",
      ].join("\n"),
    },
  ],
  async run(context) {
    const { properties } = context;
    if ((properties.tools ?? []).length > 0) throw new TaskFailure("`tools` are not supported yet: ask without them.");
    const question = await questionOf(context, properties);
    const asked = await ask(context, { ...properties, question });
    const none = { toolExecutions: [], intermediateResponses: [], sources: [] };
    if (asked.violation !== undefined) return { ...violationOutputs(asked.violation), ...none };
    const { reply, durationMs } = asked;
    return {
      textOutput: reply.text,
      aiResponse: reply.text,
      jsonOutput: question.format === undefined ? undefined : answeredJson(reply),
      thinking: properties.configuration.returnThinking === true ? reply.thinking : undefined,
      requestDuration: durationMs,
      ...outputsOf(reply),
      ...none,
    };
  },
});

interface Written {
  readonly messages: readonly z.output<ReturnType<typeof message>>[];
  readonly configuration: z.output<ReturnType<typeof configuration>>;
}

async function questionOf(
  { files }: Pick<TaskContext<unknown>, "files">,
  { messages, configuration: configured }: Written,
): Promise<Question> {
  const partsOf = partsReader(files);
  const system: string[] = [];
  const turns: Turn[] = [];
  for (const [index, { type, content, contentBlocks: blocks }] of messages.entries()) {
    const turn: Turn = { role: type === "AI" ? "assistant" : "user", parts: await partsOf({ content, blocks }) };
    if (turn.parts.length === 0)
      throw new TaskFailure(`\`messages[${index}]\` says nothing: give its \`content\` or \`contentBlocks\`.`);
    if (type !== "USER" && turn.parts.some(({ kind }) => kind !== "TEXT"))
      throw new TaskFailure(`\`messages[${index}]\` has a file, which only a USER can give.`);
    if (type === "SYSTEM") system.push(textIn(turn));
    else turns.push(turn);
  }
  if (system.length > 1) throw new TaskFailure("`messages` has more than one of the type SYSTEM.");
  if (turns.at(-1)?.role !== "user")
    throw new TaskFailure("The last of `messages` must be of the type USER: what is asked.");
  const format = formatOf(configured);
  return {
    turns,
    configuration: configured,
    ...(system[0] !== undefined && { system: system[0] }),
    ...(format !== undefined && { format }),
  };
}
