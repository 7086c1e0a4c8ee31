import type { Cluster } from "./cluster.ts";

/** Resources of a list, some at a time. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Of the whole list: where a watch goes on. */
  readonly version: string;
}

/** How many resources a page has; the next is asked for with what the page ends with. */
const PAGE_SIZE = 250;

export interface Listing {
  readonly path: string;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** As in a `ClusterCall`. */
  readonly patienceMs?: number;
}

/** Lists resources page by page. Throws as `Cluster.ask`. */
export async function* pagesOf<Item>(cluster: Cluster, { query, ...call }: Listing): AsyncGenerator<Page<Item>> {
  let next: string | undefined;
  do {
    const page = await cluster.ask<{ items: Item[]; metadata: { continue?: string; resourceVersion: string } }>({
      ...call,
      query: { ...query, limit: PAGE_SIZE, continue: next },
    });
    yield { items: page.items, version: page.metadata.resourceVersion };
    next = page.metadata.continue;
  } while (next !== undefined && next !== "");
}
