import { randomBytes } from "node:crypto";
import { dynamic, listOrText, renderedByTask, type Renderer } from "@capstan/sdk";
import { z } from "zod";
import { fakerFor } from "./locales.ts";
import { madeUp } from "./make-up.ts";

/** Bytes of one record of random ones. */
export const RANDOM_BYTES_MAX = 1_048_576;

const locale = () =>
  listOrText()
    .optional()
    .describe(
      'Language of what is made up, with a country behind it where that matters: `["fr", "CA"]`. Default: English.',
    );
const value = <Schema extends z.ZodType>(schema: Schema) =>
  renderedByTask(schema).describe(
    "What each record is, with calls such as `#{name.fullName}` in its texts, which are made up anew for each. Expressions are rendered for each record, too.",
  );

/** The property `generator`. */
export const generator = () =>
  z
    .discriminatedUnion("type", [
      z.object({
        type: z.literal("io.kestra.plugin.datagen.generators.JsonObjectGenerator").describe("Records of fields."),
        value: value(z.record(z.string(), z.unknown())),
        locale: locale(),
      }),
      z.object({
        type: z.literal("io.kestra.plugin.datagen.generators.StringValueGenerator").describe("Texts."),
        value: value(z.string()),
        locale: locale(),
      }),
      z.object({
        type: z
          .literal("io.kestra.plugin.datagen.generators.RandomBytesGenerator")
          .describe("Random bytes, in base64."),
        size: dynamic(z.int().min(0).max(RANDOM_BYTES_MAX)).describe(`How many bytes, ${RANDOM_BYTES_MAX} at most.`),
      }),
    ])
    .describe("What is made up.");

export type Generator = z.output<ReturnType<typeof generator>>;

/** Answers how records are made, one after the other. Throws `TaskFailure` for a language or a call that nobody knows. */
export async function recordMaker(
  written: Generator,
  { evaluate }: Pick<Renderer, "evaluate">,
): Promise<() => Promise<unknown>> {
  if (!("value" in written)) return async () => randomBytes(written.size).toString("base64");
  const faker = await fakerFor(written.locale);
  return async () => madeUp(faker, await evaluate(written.value));
}
