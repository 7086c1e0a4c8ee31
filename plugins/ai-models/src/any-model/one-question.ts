import { type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { configuration } from "./configuration.ts";
import { type ContentBlocks, contentBlocks, partsReader } from "./content-blocks.ts";
import { guardrails } from "./guardrails.ts";
import { provider } from "./provider.ts";
import type { Turn } from "./question.ts";

/** Properties of tasks that ask one thing, beside what they ask of it. */
export const oneQuestion = () => ({
  provider: provider(),
  prompt: text().optional().describe("What it is about."),
  contentBlocks: contentBlocks().optional().describe("Further texts, images and PDF files that it is about."),
  configuration: configuration().default({}).describe("How the model answers."),
  guardrails: guardrails(),
});

/** What is asked. Throws `TaskFailure` when that is nothing. */
export async function askedOnce(
  { files }: Pick<TaskContext<unknown>, "files">,
  written: { readonly prompt?: string | undefined; readonly contentBlocks?: ContentBlocks | undefined },
): Promise<readonly Turn[]> {
  const parts = await partsReader(files)({ content: written.prompt, blocks: written.contentBlocks });
  if (parts.length === 0) throw new TaskFailure("Nothing is asked: give a `prompt`, `contentBlocks`, or both.");
  return [{ role: "user", parts }];
}
