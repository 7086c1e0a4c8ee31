import { defineTask, dynamic, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { addressOf, exchangeOptions, failedStatus, send } from "@capstan/sdk/http";
import { z } from "zod";
import { callModel } from "../model-api.ts";
import { storeImage } from "../stored-image.ts";
import { countTokens } from "../token-count.ts";
import { calling, connection } from "./connection.ts";

const SIZES = { SMALL: "256x256", MEDIUM: "512x512", LARGE: "1024x1024" } as const;
const QUALITIES = { AUTO: "auto", LOW: "low", MEDIUM: "medium", HIGH: "high" } as const;
const IMAGES_MAX = 10;

const imageAnswer = () =>
  z.looseObject({
    data: z.array(z.looseObject({ b64_json: z.string().nullish(), url: z.string().nullish() })),
    output_format: z.string().optional(),
    usage: z
      .looseObject({
        input_tokens: z.number().optional(),
        output_tokens: z.number().optional(),
        total_tokens: z.number().optional(),
      })
      .optional(),
  });

export const createImage = defineTask({
  type: "io.kestra.plugin.openai.CreateImage",
  title: "Create an image with OpenAI",
  properties: () =>
    z.object({
      ...connection(),
      prompt: text().describe("What the image shows."),
      model: text().default("gpt-image-1").describe("The model that draws. Default: gpt-image-1."),
      n: dynamic(z.int().min(1).max(IMAGES_MAX))
        .optional()
        .describe(`Number of images, up to ${IMAGES_MAX}. Default: 1.`),
      size: dynamic(z.enum(["SMALL", "MEDIUM", "LARGE"]))
        .default("LARGE")
        .describe("SMALL (256x256), MEDIUM (512x512) or LARGE (1024x1024). Not every model has all. Default: LARGE."),
      quality: dynamic(z.enum(["AUTO", "LOW", "MEDIUM", "HIGH"]))
        .optional()
        .describe("How much work goes into it. Models before gpt-image-1 don't know it."),
      download: dynamic(z.boolean())
        .default(false)
        .describe(
          "Whether the images are stored here. Models of the kind of gpt-image-1 have no address for them, so theirs are always stored. Default: false.",
        ),
    }),
  outputs: () => z.object({ images: z.array(z.string()).describe("Addresses of the images: here, or at OpenAI.") }),
  examples: [
    {
      title: "Draw a picture and keep it",
      code: [
        "id: puppy",
        "type: io.kestra.plugin.openai.CreateImage",
        `apiKey: "{{ secret('OPENAI_API_KEY') }}"`,
        "clientTimeout: 120",
        "prompt: A smiling puppy",
        "download: true",
        "",
      ].join("\n"),
    },
  ],
  async run(context) {
    const { properties, files } = context;
    const { model, prompt, n, size, quality, user, download } = properties;
    const { data, output_format, usage } = await callModel(context, {
      ...calling(properties),
      path: "/images/generations",
      body: {
        model,
        prompt,
        n,
        size: SIZES[size],
        quality: quality === undefined ? undefined : QUALITIES[quality],
        // Only models of this name have a choice.
        response_format: model.startsWith("dall-e") ? (download ? "b64_json" : "url") : undefined,
        user,
      },
      answer: imageAnswer(),
    });
    countTokens(context, {
      "usage.input.tokens": usage?.input_tokens,
      "usage.output.tokens": usage?.output_tokens,
      "usage.total.tokens": usage?.total_tokens,
    });
    const mimeType = `image/${output_format ?? "png"}`;
    const images: string[] = [];
    for (const [index, { b64_json: base64, url }] of data.entries()) {
      const number = index + 1;
      if (typeof base64 === "string") images.push(await storeImage(files, { number, base64, mimeType }));
      else if (typeof url !== "string")
        throw new TaskFailure(`OpenAI answered with neither image nor address (${number}).`);
      else images.push(download ? await downloaded(context, url, number) : url);
    }
    context.log.info(`OpenAI drew ${images.length} images with ${model}`);
    return { images };
  },
});

async function downloaded({ signal, files }: TaskContext<unknown>, address: string, number: number): Promise<string> {
  const request = { method: "GET", url: addressOf(address), headers: {}, body: undefined };
  const response = await send(request, exchangeOptions({}), signal);
  if (response.status >= 400) throw await failedStatus("The download of an image", response);
  return files.put(`image-${number}.png`, response.body);
}
