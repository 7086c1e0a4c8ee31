import { defineTask, dynamic, renderedLater, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { answerOutputs, ask, outputsOf, violationOutputs } from "./ask.ts";
import { askedOnce, oneQuestion } from "./one-question.ts";

const SYSTEM_MESSAGE = "Answer with the exact name of one of these classes, and nothing else: {{ classes }}";

export const classification = defineTask({
  type: "io.kestra.plugin.ai.completion.Classification",
  aliases: ["io.kestra.plugin.langchain4j.Classification", "io.kestra.plugin.langchain4j.completion.Classification"],
  title: "Have a model of any provider choose a class",
  properties: () =>
    z.object({
      ...oneQuestion(),
      classes: dynamic(z.array(text())).describe("The classes."),
      systemMessage: renderedLater()
        .default(SYSTEM_MESSAGE)
        .describe(
          "What the model is told to do; it may read `classes`. Default: to answer with the name of one of them.",
        ),
    }),
  outputs: () =>
    z.object({
      classification: z
        .string()
        .optional()
        .describe("The class that the model chose; the log warns when it is none of them."),
      ...answerOutputs(),
    }),
  examples: [
    {
      title: "Tell praise from blame",
      code: [
        "id: mood",
        "type: io.kestra.plugin.ai.completion.Classification",
        'prompt: "{{ inputs.review }}"',
        "classes: [positive, neutral, negative]",
        "provider:",
        "  type: io.kestra.plugin.ai.provider.OpenAI",
        `  apiKey: "{{ secret('OPENAI_API_KEY') }}"`,
        "  modelName: gpt-4o-mini",
        "",
      ].join("\n"),
    },
  ],
  async run(context) {
    const { properties, log } = context;
    const { classes, configuration, systemMessage } = properties;
    if (classes.length === 0) throw new TaskFailure("There is nothing to choose from: `classes` is empty.");
    const system = await context.render(systemMessage, { classes });
    const turns = await askedOnce(context, properties);
    const asked = await ask(context, { ...properties, question: { system, turns, configuration } });
    if (asked.violation !== undefined) return violationOutputs(asked.violation);
    const chosen = asked.reply.text.trim();
    if (!classes.includes(chosen)) log.warn(`The model answered with none of the classes: ${classes.join(", ")}`);
    return { classification: chosen, ...outputsOf(asked.reply) };
  },
});
