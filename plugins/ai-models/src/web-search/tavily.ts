import { TaskFailure } from "@capstan/sdk";
import { addressBelow, callApi } from "@capstan/sdk/http";
import { z } from "zod";
import { searchAdvice, searchKey, searchOptions, searchUrl, type WebSearch } from "./web-search.ts";

/** What the API takes. */
const RESULTS_MAX = 20;

export const tavilyProperties = () => ({ apiKey: searchKey(), baseUrl: searchUrl("https://api.tavily.com") });

const answer = z.looseObject({
  results: z.array(z.looseObject({ title: z.string().nullish(), url: z.string(), content: z.string().nullish() })),
});

/** Searches with Tavily. */
export function tavilySearch({ apiKey, baseUrl }: { readonly apiKey: string; readonly baseUrl: string }): WebSearch {
  return async ({ signal }, query, maxResults) => {
    const answered = await callApi(signal, {
      what: "The search with Tavily",
      url: addressBelow(baseUrl, "/search"),
      headers: { Authorization: `Bearer ${apiKey}` },
      body: { query, max_results: Math.min(maxResults, RESULTS_MAX) },
      adviceFor: searchAdvice,
      options: searchOptions(),
    });
    const read = answer.safeParse(answered);
    if (!read.success) throw new TaskFailure("Tavily answered with what is no list of results.");
    return read.data.results.map(({ title, url, content }) => ({ title: title ?? "", url, excerpt: content ?? "" }));
  };
}
