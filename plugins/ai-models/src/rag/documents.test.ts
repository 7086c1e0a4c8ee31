import { createTaskContext } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { DOCUMENT_BYTES_MAX, readDocuments } from "./documents.ts";
import { search } from "./search.ts";

test.each([
  [DOCUMENT_BYTES_MAX, undefined],
  [DOCUMENT_BYTES_MAX + 1, `has more than ${DOCUMENT_BYTES_MAX} bytes. Cut it into documents.`],
])("a document of %d bytes", async (bytes, message) => {
  const provider = { type: "p", modelName: "m" };
  const properties = { query: "q", maxResults: 1, minScore: 0, provider, embeddings: { type: "e" } };
  const { context, world } = createTaskContext(search, properties);
  await using _world = world;
  const uri = await world.files.put("long.txt", Buffer.alloc(bytes, "a"));
  const read = readDocuments(context, { fromInternalURIs: [uri] }).next();
  if (message === undefined) expect((await read).value?.text.length).toBe(bytes);
  else await expect(read).rejects.toThrow(message);
});
