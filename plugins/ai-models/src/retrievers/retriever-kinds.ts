import { dynamic } from "@capstan/sdk";
import { z } from "zod";
import { provider } from "../any-model/provider.ts";
import { element, type ElementKind, elementKind } from "../element.ts";
import { searchTexts } from "../embeddings/search.ts";
import { googleProperties, googleSearch } from "../web-search/google.ts";
import { tavilyProperties, tavilySearch } from "../web-search/tavily.ts";
import { pageText, type WebSearch } from "../web-search/web-search.ts";
import type { Retriever } from "./retriever.ts";

const RESULTS = 3;

const maxResults = (what: string) => dynamic(z.int().min(1)).default(RESULTS).describe(`${what} Default: ${RESULTS}.`);

/** All that may stand in `contentRetrievers`. */
export const RETRIEVERS: readonly ElementKind<Retriever>[] = [
  elementKind({
    type: "ai.retriever.TavilyWebSearch",
    aliases: ["langchain4j.retriever.TavilyWebSearch"],
    title: "Find sources in the web with Tavily",
    properties: () => z.object({ ...tavilyProperties(), maxResults: maxResults("Pages that are found, up to 20.") }),
    make: (context, written) => pagesOf(context, tavilySearch(written), written.maxResults),
  }),
  elementKind({
    type: "ai.retriever.GoogleCustomWebSearch",
    aliases: ["langchain4j.retriever.GoogleCustomWebSearch"],
    title: "Find sources in the web with Google",
    properties: () => z.object({ ...googleProperties(), maxResults: maxResults("Pages that are found, up to 10.") }),
    make: (context, written) => pagesOf(context, googleSearch(written), written.maxResults),
  }),
  elementKind({
    type: "ai.retriever.EmbeddingStoreRetriever",
    aliases: [],
    title: "Find sources among embedded texts",
    properties: () =>
      z.object({
        embeddings: element().describe("Where the texts are."),
        embeddingProvider: provider().describe("The model that the texts were embedded with."),
        maxResults: maxResults("Texts that are found."),
        minScore: dynamic(z.number().min(0).max(1))
          .default(0)
          .describe("How close they must be, from 0 to 1. Default: 0."),
      }),
    make:
      (context, { embeddings, embeddingProvider, ...wanted }) =>
      (question) =>
        searchTexts(context, { embeddings, provider: embeddingProvider, query: question, ...wanted }),
  }),
];

function pagesOf(context: Parameters<WebSearch>[0], search: WebSearch, count: number): Retriever {
  return async (question) =>
    (await search(context, question, count)).map((page) => ({
      content: pageText(page),
      metadata: { title: page.title, url: page.url },
    }));
}
