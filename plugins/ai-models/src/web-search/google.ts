import { TaskFailure, text } from "@capstan/sdk";
import { addressBelow, callApi } from "@capstan/sdk/http";
import { z } from "zod";
import { searchAdvice, searchKey, searchOptions, searchUrl, type WebSearch } from "./web-search.ts";

/** What the API takes. */
const RESULTS_MAX = 10;

export const googleProperties = () => ({
  apiKey: searchKey(),
  csi: text().describe("Id of the programmable search engine."),
  baseUrl: searchUrl("https://www.googleapis.com/customsearch"),
});

interface Engine {
  readonly apiKey: string;
  readonly csi: string;
  readonly baseUrl: string;
}

/** Without a result there are no items. */
const answer = z.looseObject({
  items: z
    .array(z.looseObject({ title: z.string().optional(), link: z.string(), snippet: z.string().optional() }))
    .default([]),
});

/** Searches with a programmable search engine of Google. */
export function googleSearch({ apiKey, csi, baseUrl }: Engine): WebSearch {
  return async ({ signal }, query, maxResults) => {
    const answered = await callApi(signal, {
      what: "The search with Google",
      url: addressBelow(baseUrl, "/v1"),
      params: { cx: csi, q: query, num: String(Math.min(maxResults, RESULTS_MAX)) },
      headers: { "x-goog-api-key": apiKey },
      adviceFor: searchAdvice,
      options: searchOptions(),
    });
    const read = answer.safeParse(answered);
    if (!read.success) throw new TaskFailure("Google answered with what is no list of results.");
    return read.data.items.map(({ title = "", link, snippet = "" }) => ({ title, url: link, excerpt: snippet }));
  };
}
