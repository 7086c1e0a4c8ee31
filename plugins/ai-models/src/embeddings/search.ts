import { type TaskContext, TaskFailure } from "@capstan/sdk";
import type { Source } from "../any-model/conversation-outputs.ts";
import type { Provider } from "../any-model/provider.ts";
import { embedWith } from "../any-model/providers.ts";
import { type Element, madeOf } from "../element.ts";
import { countTokens } from "../token-count.ts";
import type { EmbeddingStore, Wanted } from "./embedding-store.ts";
import { STORES } from "./store-kinds.ts";

export interface TextSearch extends Wanted {
  /** Rendered. */
  readonly embeddings: Element;
  readonly provider: Provider;
  readonly query: string;
}

/** Opens where embedded texts are, and closes it when `use` has ended. */
export async function withStore<Result>(
  context: TaskContext<unknown>,
  written: Element,
  use: (store: EmbeddingStore) => Promise<Result>,
): Promise<Result> {
  const store = await madeOf(context, STORES, written);
  try {
    return await use(store);
  } finally {
    await store.close?.();
  }
}

/** Texts that mean what is asked, the closest first. */
export async function searchTexts(
  context: TaskContext<unknown>,
  { embeddings, provider, query, maxResults, minScore }: TextSearch,
): Promise<readonly Source[]> {
  const { vectors, inputTokens } = await embedWith(context, provider, [query]);
  const [vector] = vectors;
  if (vector === undefined) throw new TaskFailure("The question has no vector.");
  countTokens(context, { "input.token.count": inputTokens });
  const found = await withStore(context, embeddings, (store) => store.search(vector, { maxResults, minScore }));
  return found.map(({ text: content, metadata }) => ({ content, metadata }));
}
