import { anyMap, defineTask, dynamic, listOrText, type TaskContext, TaskFailure, text, textMap } from "@capstan/sdk";
import { z } from "zod";
import { type Provider, provider } from "../any-model/provider.ts";
import { embedWith } from "../any-model/providers.ts";
import { lateElement, renderedElement } from "../element.ts";
import type { EmbeddingStore, Segment } from "../embeddings/embedding-store.ts";
import { withStore } from "../embeddings/search.ts";
import { countTokens } from "../token-count.ts";
import { readDocuments } from "./documents.ts";
import { splitText, SPLITTERS, type Splitting } from "./split-text.ts";

const splitting = () =>
  z.object({
    splitter: dynamic(z.enum(SPLITTERS))
      .default("RECURSIVE")
      .describe(
        "Where documents are cut: at PARAGRAPHs, LINEs, SENTENCEs or WORDs, and finer where that is too long; RECURSIVE tries all of them in this order. Default: RECURSIVE.",
      ),
    maxSegmentSizeInChars: dynamic(z.int().min(1)).describe("Characters that a segment may have."),
    maxOverlapSizeInChars: dynamic(z.int().min(0)).describe(
      "Characters at the end of a segment that the next one repeats.",
    ),
  });

const inlineDocument = () =>
  z.object({
    content: text().describe("The text."),
    metadata: anyMap().optional().describe("What is known of it."),
  });

export const ingestDocument = defineTask({
  type: "io.kestra.plugin.ai.rag.IngestDocument",
  aliases: ["io.kestra.plugin.langchain4j.rag.IngestDocument"],
  title: "Embed documents, so that a model can be given what they say",
  description:
    "Reads texts, web pages and PDF files, cuts them into segments, has a model make a vector of each, and stores them. A document may have 32 MiB. What is there already, with the same metadata, is replaced: an ingestion that is tried again adds nothing twice.",
  properties: () =>
    z.object({
      provider: provider().describe("The model that embeds; questions must be embedded with the same one."),
      embeddings: lateElement().describe(
        "Where the texts are kept, such as `type: io.kestra.plugin.ai.embeddings.PGVector`.",
      ),
      fromPath: text().optional().describe("A file or folder in the folder of the task, in a WorkingDirectory."),
      fromInternalURIs: listOrText().optional().describe("Addresses of stored files."),
      fromExternalURLs: listOrText().optional().describe("Addresses in the web."),
      fromDocuments: dynamic(z.array(inlineDocument())).optional().describe("Documents as they are."),
      metadata: textMap().optional().describe("What is known of all of them."),
      documentSplitter: splitting().optional().describe("How documents are cut. Default: not at all."),
      drop: dynamic(z.boolean())
        .default(false)
        .describe("Whether all that was kept is forgotten first. Default: false."),
      bulkSize: dynamic(z.int().min(1).max(10_000))
        .default(500)
        .describe("Segments that are embedded and stored at once, up to 10000. Default: 500."),
    }),
  outputs: () =>
    z.object({
      ingestedDocuments: z.int().describe("How many documents there were."),
      inputTokenCount: z.int().optional().describe("Tokens of their texts, where the provider counts them."),
      outputTokenCount: z.int().optional().describe("Tokens that were answered: none."),
      totalTokenCount: z.int().optional().describe("All of them."),
      embeddingStoreOutputs: z.record(z.string(), z.unknown()).describe("Where the texts are, such as the `kvName`."),
    }),
  examples: [
    {
      title: "Keep a knowledge base fresh",
      code: [
        "id: ingest",
        "type: io.kestra.plugin.ai.rag.IngestDocument",
        "provider:",
        "  type: io.kestra.plugin.ai.provider.GoogleGemini",
        `  apiKey: "{{ secret('GEMINI_API_KEY') }}"`,
        "  modelName: gemini-embedding-001",
        "embeddings:",
        "  type: io.kestra.plugin.ai.embeddings.KestraKVStore",
        "drop: true",
        "documentSplitter:",
        "  splitter: PARAGRAPH",
        "  maxSegmentSizeInChars: 4096",
        "  maxOverlapSizeInChars: 200",
        "fromExternalURLs:",
        "  - https://example.com/handbook.md",
        "",
      ].join("\n"),
    },
  ],
  async run(context) {
    const { properties, log, metric } = context;
    const { documentSplitter, metadata = {} } = properties;
    checkPlaces(properties);
    if (documentSplitter !== undefined) checkSplitting(documentSplitter);
    const embeddings = await renderedElement(context, properties.embeddings);
    const { documents, segments, tokens, outputs } = await withStore(context, embeddings, async (store) => {
      if (properties.drop) await store.drop();
      const bulk = bulkInto(context, store, properties);
      let count = 0;
      for await (const { text: content, metadata: own } of readDocuments(context, properties)) {
        count += 1;
        const cut = documentSplitter === undefined ? [content] : splitText(content, documentSplitter);
        for (const [index, segment] of cut.entries())
          if (segment.trim() !== "")
            await bulk.add({ text: segment, metadata: { ...metadata, ...own, index: String(index) } });
      }
      const counted = await bulk.end();
      return { documents: count, ...counted, outputs: store.outputs };
    });
    countTokens(context, { "input.token.count": tokens, "total.token.count": tokens });
    metric({ name: "ingested.documents", type: "counter", value: documents });
    metric({ name: "ingested.segments", type: "counter", value: segments });
    log.info(`${documents} documents were ingested in ${segments} segments`);
    return {
      ingestedDocuments: documents,
      inputTokenCount: tokens,
      outputTokenCount: tokens === undefined ? undefined : 0,
      totalTokenCount: tokens,
      embeddingStoreOutputs: outputs,
    };
  },
});

const PLACES = ["fromPath", "fromInternalURIs", "fromExternalURLs", "fromDocuments"] as const;

function checkPlaces(properties: Readonly<Partial<Record<(typeof PLACES)[number], unknown>>>): void {
  if (PLACES.some((name) => properties[name] !== undefined)) return;
  throw new TaskFailure(`Nothing is ingested: give at least one of ${PLACES.map((name) => `\`${name}\``).join(", ")}.`);
}

function checkSplitting({ maxSegmentSizeInChars, maxOverlapSizeInChars }: Splitting): void {
  if (maxOverlapSizeInChars < maxSegmentSizeInChars) return;
  throw new TaskFailure("`maxOverlapSizeInChars` must be less than `maxSegmentSizeInChars`.");
}

/** Embeds and stores segments as soon as there are enough of them. */
function bulkInto(
  context: TaskContext<unknown>,
  store: EmbeddingStore,
  { provider: model, bulkSize }: { readonly provider: Provider; readonly bulkSize: number },
) {
  let waiting: Segment[] = [];
  let segments = 0;
  let tokens: number | undefined;
  const flush = async () => {
    if (waiting.length === 0) return;
    const bulk = waiting;
    waiting = [];
    const { vectors, inputTokens } = await embedWith(
      context,
      model,
      bulk.map(({ text: content }) => content),
    );
    await store.add(bulk.map((segment, index) => ({ ...segment, vector: vectors[index] ?? [] })));
    segments += bulk.length;
    if (inputTokens !== undefined) tokens = (tokens ?? 0) + inputTokens;
  };
  return {
    add: async (segment: Segment) => {
      waiting.push(segment);
      if (waiting.length >= bulkSize) await flush();
    },
    end: async () => {
      await flush();
      await store.finish?.();
      return { segments, tokens };
    },
  };
}
