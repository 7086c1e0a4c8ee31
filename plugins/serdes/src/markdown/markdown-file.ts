import { type TaskContext, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { encoderOf } from "../charset.ts";
import { charset, from } from "../conversion-properties.ts";
import { type ConversionContext, readText } from "../conversion.ts";

/** Characters of a document: it is read as a whole. */
export const DOCUMENT_CHARACTERS_MAX = 8_388_608;

/** The properties of tasks that read Markdown. */
export const markdownSource = () => ({
  from: from("Markdown file"),
  charset: charset("read").describe("Charset of both files, named as in Java, such as UTF-8."),
});

export const documentOutputs = (what: string) => z.object({ uri: z.string().describe(what) });

/** The whole text of a file. Throws `TaskFailure` for more than a document may have. */
export async function documentText(context: ConversionContext, uri: string, charset: string): Promise<string> {
  let text = "";
  for await (const piece of readText(context, uri, charset)) {
    text += piece;
    if (text.length > DOCUMENT_CHARACTERS_MAX)
      throw new TaskFailure(
        `The file has more than ${DOCUMENT_CHARACTERS_MAX} characters, which is the most of a document. Split it.`,
      );
  }
  return text;
}

/** Stores a document. Answers the outputs. */
export async function storeDocument(
  { files, log, metric }: Pick<TaskContext<unknown>, "files" | "log" | "metric">,
  name: string,
  text: string,
  charset = "UTF-8",
): Promise<{ readonly uri: string }> {
  const bytes = encoderOf(charset, log)(text);
  const uri = await files.put(name, bytes);
  metric({ name: "bytes", type: "counter", value: bytes.length });
  log.info(`Stored a document of ${bytes.length} bytes as ${uri}`);
  return { uri };
}
