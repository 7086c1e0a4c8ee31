import { buffer } from "node:stream/consumers";
import { defineTask, dynamic, type ExecutionFiles, isFileAddress, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { storeImage } from "../stored-image.ts";
import {
  type Candidate,
  connection,
  endOf,
  type GeminiPart,
  generateContent,
  isBlocked,
  outcomeOf,
  textOf,
} from "./generate-content.ts";

/** What the API takes within one request. */
export const FILE_BYTES_MAX = 20_971_520;

const content = () =>
  z.object({
    content: text().describe("A text, or the address of a file if it has a `mimeType`."),
    mimeType: text().optional().describe("What is in the file, such as image/jpeg."),
    role: text().default("user").describe("Who says it: user or model. Default: user."),
  });

export const multimodalCompletion = defineTask({
  type: "io.kestra.plugin.gemini.MultimodalCompletion",
  title: "Ask Gemini about images and files",
  description: `Sends texts and files, and stores images that come back. The files of a task may have ${FILE_BYTES_MAX} bytes together. An answer that Gemini holds back ends the task with a warning.`,
  properties: () =>
    z.object({
      ...connection(),
      contents: dynamic(z.array(content())).describe("The texts and files, in their order."),
    }),
  outputs: () =>
    z.object({
      text: z.string().optional().describe("The text of the answer, unless it is held back."),
      images: z
        .array(z.object({ mimeType: z.string().describe("Its kind."), uri: z.string().describe("Its address.") }))
        .describe("The images of the answer, in the internal storage."),
      safetyRatings: z
        .array(
          z.object({
            category: z.string().optional().describe("Kind of harm."),
            probability: z.string().optional().describe("How likely it is."),
            blocked: z.boolean().describe("Whether the answer was held back for it."),
          }),
        )
        .describe("How Gemini judges its safety."),
      blocked: z.boolean().describe("Whether the answer is held back."),
      finishReason: z.string().optional().describe("Why it ended: STOP, MAX_TOKENS, SAFETY, …"),
    }),
  examples: [
    {
      title: "Describe an image",
      code: [
        "id: describe",
        "type: io.kestra.plugin.gemini.MultimodalCompletion",
        `apiKey: "{{ secret('GEMINI_API_KEY') }}"`,
        "model: gemini-2.5-flash",
        "contents:",
        "  - content: What is in this image?",
        "  - mimeType: image/jpeg",
        '    content: "{{ inputs.image }}"',
        "",
      ].join("\n"),
    },
  ],
  async run(context) {
    const { contents, ...model } = context.properties;
    if (contents.length === 0) throw new TaskFailure("Nothing is asked: `contents` is empty.");
    await checkSizes(context.files, contents);
    const parts = await Promise.all(contents.map((each, index) => partOf(context.files, each, index)));
    const answer = await generateContent(context, model, {
      contents: contents.map(({ role }, index) => ({ role, parts: [parts[index]!] })),
    });
    const first = answer.candidates?.[0];
    const blocked = isBlocked(answer);
    return outcomeOf(answer, {
      text: blocked || first === undefined ? undefined : textOf(first),
      images: blocked || first === undefined ? [] : await imagesOf(first, context.files),
      safetyRatings: (first?.safetyRatings ?? []).map(({ category, probability, blocked: isCause = false }) => ({
        category,
        probability,
        blocked: isCause,
      })),
      blocked,
      finishReason: endOf(answer),
    });
  },
});

type Contents = readonly z.output<ReturnType<typeof content>>[];

/** All of them are in memory at once, so how many bytes they have is asked before one is read. */
async function checkSizes(files: ExecutionFiles, contents: Contents): Promise<void> {
  let bytes = 0;
  for (const { mimeType, content: address } of contents)
    if (mimeType !== undefined && isFileAddress(address)) bytes += await files.sizeBytes(address.trim());
  if (bytes > FILE_BYTES_MAX)
    throw new TaskFailure(`The files have ${bytes} bytes together, of which Gemini takes ${FILE_BYTES_MAX}.`);
}

async function partOf(files: ExecutionFiles, from: Contents[number], index: number): Promise<GeminiPart> {
  const { content: written, mimeType } = from;
  if (mimeType === undefined) return { text: written };
  if (!isFileAddress(written))
    throw new TaskFailure(
      `\`contents[${index}]\` has a \`mimeType\`, but its \`content\` is no address of a file. Leave the \`mimeType\` out for a text.`,
    );
  const bytes = await buffer(await files.read(written.trim()));
  return { inlineData: { mimeType, data: bytes.toString("base64") } };
}

async function imagesOf({ content: answered }: Candidate, files: ExecutionFiles) {
  const images: { readonly mimeType: string; readonly uri: string }[] = [];
  for (const { inlineData: { mimeType = "", data = "" } = {} } of answered?.parts ?? [])
    if (mimeType.startsWith("image/"))
      images.push({ mimeType, uri: await storeImage(files, { number: images.length + 1, base64: data, mimeType }) });
  return images;
}
