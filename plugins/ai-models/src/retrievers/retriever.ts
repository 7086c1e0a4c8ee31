import type { Source } from "../any-model/conversation-outputs.ts";

/** Finds what a model should know to answer a question. */
export type Retriever = (question: string) => Promise<readonly Source[]>;

/** Characters of all sources that a model is given. */
export const SOURCE_CHARACTERS_MAX = 500_000;

/** What the model is told of the sources; undefined when there are none. The last ones are left out if they are too many. */
export function toldSources(sources: readonly Source[]): string | undefined {
  if (sources.length === 0) return undefined;
  let told = "Answer with the help of these sources:";
  for (const { content } of sources) {
    const piece = `\n\n${content}`;
    if (told.length + piece.length > SOURCE_CHARACTERS_MAX) break;
    told += piece;
  }
  return told;
}
