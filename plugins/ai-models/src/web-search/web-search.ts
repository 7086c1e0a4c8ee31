import { secret, type TaskContext, text } from "@capstan/sdk";
import { exchangeOptions } from "@capstan/sdk/http";

/** How long a search may take, in milliseconds. */
const SEARCH_MS_MAX = 60_000;

export interface WebPage {
  readonly title: string;
  readonly url: string;
  /** What the page says of the question. */
  readonly excerpt: string;
}

/** Searches the web; answers the best pages first. Throws `TaskFailure` when the service refuses. */
export type WebSearch = (
  context: Pick<TaskContext<unknown>, "signal">,
  query: string,
  maxResults: number,
) => Promise<readonly WebPage[]>;

export const searchKey = () => secret().describe("Key of the API.");

export const searchUrl = (standard: string) =>
  text()
    .default(standard)
    .describe(`Address of the API, for a proxy of it. A property of Capstan's own. Default: ${standard}.`);

/** A redirect could lead the key to another server. */
export function searchOptions() {
  return { ...exchangeOptions({}, SEARCH_MS_MAX), followsRedirects: false };
}

export function searchAdvice(status: number): string | undefined {
  if (status === 401 || status === 403) return "Check the key: that it is complete, and still valid.";
  if (status === 429) return "The limit of searches is used up. Give the task a `retry` with an interval that grows.";
  return undefined;
}

/** A page as a text for a model. */
export function pageText({ title, url, excerpt }: WebPage): string {
  return `${title}\n${url}\n${excerpt}`;
}
