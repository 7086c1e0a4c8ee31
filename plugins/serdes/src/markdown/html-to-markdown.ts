import { defineTask, listOrText, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { from } from "../conversion-properties.ts";
import { createMarkdownWriter } from "./markdown-writer.ts";
import { documentOutputs, documentText, storeDocument } from "./markdown-file.ts";

const TYPE = "io.kestra.plugin.serdes.markdown.HtmlToMarkdown";

/** Makes Markdown of HTML. */
export const htmlToMarkdown = defineTask({
  type: TYPE,
  title: "Convert HTML to Markdown",
  description:
    "Headings, paragraphs, lists, quotes, code, tables, links and images stay what they are; of everything else, its text. A language model reads the same " +
    "for fewer tokens.",
  properties: () =>
    z.object({
      from: from("HTML file in UTF-8"),
      ignoreTags: listOrText()
        .optional()
        .describe(
          "Elements that are left out with all that is in them, such as `nav` and `footer`. Those that are no text are left out always.",
        ),
      baseUri: text()
        .optional()
        .describe("Address of the page, such as https://example.com/docs/, which makes relative links complete ones."),
    }),
  outputs: () => documentOutputs("The Markdown file."),
  examples: [
    {
      title: "A page for a language model",
      code: `id: markdown\ntype: ${TYPE}\nfrom: "{{ outputs.page.uri }}"\nbaseUri: https://example.com/docs/\nignoreTags: [nav, footer]\n`,
    },
  ],
  async run(context) {
    const { from, ignoreTags = [], baseUri } = context.properties;
    if (baseUri !== undefined && baseUri !== "" && !URL.canParse(baseUri))
      throw new TaskFailure(
        `\`baseUri\` is "${baseUri}", which is no complete address such as https://example.com/docs/.`,
      );
    const html = await documentText(context, from, "UTF-8");
    const { Parser } = await import("htmlparser2");
    const ignored = new Set(ignoreTags.map((tag) => tag.trim().toLowerCase()));
    const writer = createMarkdownWriter({ ignored, baseUri: baseUri === "" ? undefined : baseUri });
    const parser = new Parser({ onopentag: writer.open, ontext: writer.text, onclosetag: writer.close });
    parser.write(html);
    parser.end();
    return storeDocument(context, "document.md", writer.document());
  },
});
