import { z } from "zod";
import { googleProperties, googleSearch } from "../web-search/google.ts";
import { tavilyProperties, tavilySearch } from "../web-search/tavily.ts";
import { pageText, type WebSearch } from "../web-search/web-search.ts";
import { oneText, textGiven, toolKind, type Toolset } from "./tool-kind.ts";

/** Pages that one search gives to the model. */
const RESULTS = 5;

export const tavilyWebSearch = toolKind({
  type: "ai.tool.TavilyWebSearch",
  aliases: ["langchain4j.tool.TavilyWebSearch"],
  title: "Search the web with Tavily",
  properties: () => z.object(tavilyProperties()),
  make: (context, properties) => searching(context, "tavily", tavilySearch(properties)),
});

export const googleCustomWebSearch = toolKind({
  type: "ai.tool.GoogleCustomWebSearch",
  aliases: ["langchain4j.tool.GoogleCustomWebSearch"],
  title: "Search the web with Google",
  properties: () => z.object(googleProperties()),
  make: (context, properties) => searching(context, "google", googleSearch(properties)),
});

function searching(context: Parameters<WebSearch>[0], service: string, search: WebSearch): Toolset {
  const spec = {
    name: `search_web_with_${service}`,
    description: "Searches the web for pages about something, and answers with excerpts of the best of them.",
    parameters: oneText("query", "What to search for."),
  };
  const call = async (input: Readonly<Record<string, unknown>>) => {
    const pages = await search(context, textGiven(input, "query"), RESULTS);
    return pages.length === 0 ? "Nothing was found." : pages.map(pageText).join("\n\n");
  };
  return { tools: [{ spec, call }] };
}
