import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { storeImage } from "../stored-image.ts";
import { countTokens } from "../token-count.ts";
import { finishReason, tokenUsage } from "./ask.ts";
import { provider } from "./provider.ts";
import { drawWith } from "./providers.ts";

export const imageGeneration = defineTask({
  type: "io.kestra.plugin.ai.completion.ImageGeneration",
  aliases: ["io.kestra.plugin.langchain4j.ImageGeneration", "io.kestra.plugin.langchain4j.completion.ImageGeneration"],
  title: "Have a model of any provider draw an image",
  properties: () => z.object({ provider: provider(), prompt: text().describe("What the image shows.") }),
  outputs: () =>
    z.object({
      imageUrl: z.string().describe("Address of the image: at the provider, or of the stored file where it has none."),
      tokenUsage: tokenUsage().optional().describe("Tokens that it took."),
      finishReason: finishReason().describe("Why it ended."),
    }),
  examples: [
    {
      title: "Draw a picture",
      code: [
        "id: puppy",
        "type: io.kestra.plugin.ai.completion.ImageGeneration",
        "prompt: A smiling puppy",
        "provider:",
        "  type: io.kestra.plugin.ai.provider.OpenAI",
        `  apiKey: "{{ secret('OPENAI_API_KEY') }}"`,
        "  modelName: gpt-image-1",
        "",
      ].join("\n"),
    },
  ],
  async run(context) {
    const { properties, files, log } = context;
    const drawing = await drawWith(context, properties.provider, properties.prompt);
    const { image, inputTokens, outputTokens } = drawing;
    countTokens(context, { "input.token.count": inputTokens, "output.token.count": outputTokens });
    log.info(`${properties.provider.modelName} drew an image`);
    return {
      imageUrl: "url" in image ? image.url : await storeImage(files, { number: 1, ...image }),
      tokenUsage: {
        inputTokenCount: inputTokens,
        outputTokenCount: outputTokens,
        totalTokenCount:
          inputTokens === undefined || outputTokens === undefined ? undefined : inputTokens + outputTokens,
      },
      finishReason: drawing.finishReason,
    };
  },
});
