import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { documentOutputs, documentText, markdownSource, storeDocument } from "./markdown-file.ts";
import { plainText } from "./plain-text.ts";

const TYPE = "io.kestra.plugin.serdes.markdown.MarkdownToText";

/** Makes plain text of Markdown. */
export const markdownToText = defineTask({
  type: TYPE,
  title: "Convert Markdown to plain text",
  description:
    "What a reader sees, without marks: of links and images their texts, of HTML nothing but what stands between its tags.",
  properties: () => z.object(markdownSource()),
  outputs: () => documentOutputs("The text file."),
  examples: [{ title: "The words of a page", code: `id: text\ntype: ${TYPE}\nfrom: "{{ outputs.page.uri }}"\n` }],
  async run(context) {
    const { from, charset } = context.properties;
    const markdown = await documentText(context, from, charset);
    const { lexer } = await import("marked");
    return storeDocument(context, "document.txt", plainText(lexer(markdown, { gfm: true })), charset);
  },
});
