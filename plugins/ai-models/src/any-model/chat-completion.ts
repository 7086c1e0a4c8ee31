import { anyValue, defineTask, dynamic, TaskFailure, type TaskContext, text } from "@capstan/sdk";
import { z } from "zod";
import { lateElements, renderedElements } from "../element.ts";
import { withTools } from "../tools/toolbox.ts";
import { TOOLS } from "../tools/tool-kinds.ts";
import { ask } from "./ask.ts";
import { configuration, formatOf } from "./configuration.ts";
import { contentBlocks, partsReader } from "./content-blocks.ts";
import { conversationOutputs, conversed } from "./conversation-outputs.ts";
import { guardrails } from "./guardrails.ts";
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
      tools: lateElements().optional().describe("What the model may call."),
      observability: anyValue()
        .optional()
        .meta({ deprecated: true, description: "Accepted for compatibility, without effect." }),
    }),
  outputs: () =>
    z.object({
      ...conversationOutputs(),
      aiResponse: z.string().optional().meta({ deprecated: true, description: "Older form of `textOutput`." }),
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
    const question = await questionOf(context, properties);
    const written = await renderedElements(context, properties.tools, "tools");
    const asked = await withTools(context, TOOLS, written, (tools) => ask(context, { ...properties, question, tools }));
    const outputs = conversed(asked, question);
    return { ...outputs, aiResponse: "textOutput" in outputs ? outputs.textOutput : undefined };
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
