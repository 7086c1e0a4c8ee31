import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { documentOutputs, documentText, markdownSource, storeDocument } from "./markdown-file.ts";

const TYPE = "io.kestra.plugin.serdes.markdown.MarkdownToHtml";

/** Makes HTML of Markdown. */
export const markdownToHtml = defineTask({
  type: TYPE,
  title: "Convert Markdown to HTML",
  description:
    "Markdown of GitHub: with tables, task lists and strikethrough. It becomes what a page has in its body, without the page around it. HTML in the " +
    "Markdown stays as it is, so that what strangers wrote must not be shown as it comes out.",
  properties: () => z.object(markdownSource()),
  outputs: () => documentOutputs("The HTML file."),
  examples: [{ title: "A report as HTML", code: `id: html\ntype: ${TYPE}\nfrom: "{{ outputs.report.uri }}"\n` }],
  async run(context) {
    const { from, charset } = context.properties;
    const markdown = await documentText(context, from, charset);
    const { Marked } = await import("marked");
    const html = new Marked({ gfm: true, async: false }).parse(markdown) as string;
    return storeDocument(context, "document.html", html, charset);
  },
});
