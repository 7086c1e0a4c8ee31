import { anyValue, type DeliveredRows, deliverRows, dynamic, type ExecutionFiles, type FetchType } from "@capstan/sdk";
import type { Collection } from "mongodb";
import { z } from "zod";
import { documentOf, toJson } from "./documents.ts";
import { collectionProperties } from "./session.ts";

/** Properties of what finds documents. */
export const findProperties = () => ({
  ...collectionProperties(),
  filter: anyValue().optional().describe("Which documents are found: a map, or its JSON. Default: all of them."),
  projection: anyValue()
    .optional()
    .describe("Which keys of a document are read, such as `{ total: 1, _id: 0 }`. Default: all."),
  sort: anyValue().optional().describe("The order, such as `{ created: -1 }`."),
  limit: dynamic(z.int().min(0)).optional().describe("How many documents there are at most. Default: any number."),
  skip: dynamic(z.int().min(0)).optional().describe("How many of the first documents are left out. Default: none."),
  store: dynamic(z.boolean())
    .default(false)
    .describe(
      "Whether the documents go into a file, any number of them; otherwise into `rows`, a mebibyte of them. Default: false.",
    ),
});
export type FindProperties = z.output<z.ZodObject<ReturnType<typeof findProperties>>>;

export const documentOutputs = () => ({
  rows: z.array(z.unknown()).optional().describe("The documents, unless they are stored."),
  size: z.int().describe("How many documents there are."),
  uri: z.string().optional().describe("The file of the documents, one a line, if they are stored."),
});

/** Finds documents, and makes outputs of them as they come. */
export async function findDocuments(
  collection: Collection,
  { filter, projection, sort, limit, skip, store }: FindProperties,
  files: Pick<ExecutionFiles, "put">,
): Promise<DeliveredRows> {
  const given = (value: unknown) => value !== undefined && value !== null;
  await using cursor = collection.find(given(filter) ? await documentOf("filter", filter) : {}, {
    ...(given(projection) && { projection: await documentOf("projection", projection) }),
    ...(given(sort) && { sort: await documentOf("sort", sort) }),
    ...(limit !== undefined && { limit }),
    ...(skip !== undefined && { skip }),
  });
  return await deliverDocuments(cursor, store ? "STORE" : "FETCH", files);
}

/** Makes outputs of documents as they come; a single one is a list of one. */
export async function deliverDocuments(
  documents: AsyncIterable<unknown>,
  how: FetchType,
  files: Pick<ExecutionFiles, "put">,
): Promise<DeliveredRows> {
  async function* rows() {
    for await (const document of documents) yield toJson(document);
  }
  const { row, ...delivered } = await deliverRows(rows(), how, files);
  return how === "FETCH_ONE" ? { ...delivered, rows: row === undefined ? [] : [row] } : delivered;
}
