import { TaskFailure } from "@capstan/sdk";
import type { Cluster } from "./cluster.ts";
import { pagesOf } from "./list.ts";
import { ClusterFailure, GONE } from "./cluster-failure.ts";

/** What happens to resources, in their order. */
export type Change<Item> =
  /** All there are: at the beginning, and whenever what happened in between is no longer known. */
  | { readonly type: "LISTED"; readonly items: readonly Item[]; readonly version: string }
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly item: Item };

interface Watched {
  readonly metadata: { readonly resourceVersion?: string };
}

interface WatchLine {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: Watched & { readonly code?: number; readonly message?: string; readonly reason?: string };
}

/** How long one watch lasts until it is renewed, in seconds, so that a connection that died unseen is missed in the end. */
const WATCH_SECONDS = 290;
const PATIENCE_MS = 300_000;

/**
 * Lists resources, unless it is told from which version on to follow, and then follows them for ever: after a break it goes on where it was, and where that is forgotten (410) it lists
 * anew. Ends when it is aborted. Throws `ClusterFailure` when it may not.
 */
export async function* watch<Item extends Watched>(
  cluster: Cluster,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
  from?: string,
): AsyncGenerator<Change<Item>> {
  let version = from;
  while (!signal.aborted) {
    if (version === undefined) {
      const items: Item[] = [];
      for await (const page of pagesOf<Item>(cluster, { path, query, signal, patienceMs: PATIENCE_MS })) {
        items.push(...page.items);
        version = page.version;
      }
      yield { type: "LISTED", items, version: version! };
    }
    while (version !== undefined && !signal.aborted) {
      for await (const line of watchLines(cluster, path, { ...query, resourceVersion: version }, signal)) {
        if (line.type === "ERROR") {
          version = undefined;
          break;
        }
        version = line.object.metadata.resourceVersion ?? version;
        if (line.type !== "BOOKMARK") yield { type: line.type, item: line.object as unknown as Item };
      }
    }
  }
}

/** The lines of one watch; none any more when it ends or breaks off. What is forgotten is told as an `ERROR`. */
async function* watchLines(
  cluster: Cluster,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): AsyncGenerator<WatchLine> {
  try {
    const asked = { ...query, watch: true, allowWatchBookmarks: true, timeoutSeconds: WATCH_SECONDS };
    const answer = await cluster.open({ path, query: asked, signal, patienceMs: PATIENCE_MS });
    answer.setEncoding("utf8");
    let rest = "";
    for await (const piece of answer as AsyncIterable<string>) {
      const lines = (rest + piece).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") yield JSON.parse(line) as WatchLine;
    }
  } catch (error) {
    if (error instanceof ClusterFailure && error.status === GONE) yield { type: "ERROR", object: { metadata: {} } };
    // Broken off: the next goes on. Whether there is a cluster at all, that one says.
    else if (error instanceof TaskFailure) throw error;
  }
}
