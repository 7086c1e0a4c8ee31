import { createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { type PostgresCluster, startPostgresCluster } from "@capstan/store/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { heapGrowth } from "../../testing/heap-growth.ts";
import { taskOf } from "../../testing/task-of.ts";

const ROWS = 1_000_000;
const HEAP_GROWTH_BYTES_MAX = 60 * 1024 * 1024;

let cluster: PostgresCluster;
let folder: string;
beforeAll(async () => {
  cluster = await startPostgresCluster();
  folder = await mkdtemp(join(tmpdir(), "capstan-large-"));
});
afterAll(async () => {
  await cluster.dispose();
  await rm(folder, { recursive: true });
});

test.each([
  ["Query", { fetchType: "STORE" }],
  ["CopyOut", { format: "CSV" }],
])("a million rows go through a %s into a file, and never all into memory", async (kind, properties) => {
  await using world = createTestWorld();
  const definition = taskOf(`postgresql.${kind}`);
  const path = join(folder, kind);
  const files = {
    ...world.files,
    put: async (_name: string, content: Readable | Uint8Array | string) => {
      await pipeline(content as Readable, createWriteStream(path));
      return "kestra:///rows";
    },
  };
  const sql = `SELECT i AS id, now() AS at, repeat('x', 100) AS text FROM generate_series(1, ${ROWS}) AS i`;
  const context = world.context(definition, { url: cluster.url, sql, ...properties });
  let outputs: unknown;
  const growth = await heapGrowth(async () => {
    outputs = await definition.run!({ ...context, files } as never);
  });
  expect(outputs).toMatchObject({ uri: "kestra:///rows", [kind === "Query" ? "size" : "rowCount"]: ROWS });
  expect((await stat(path)).size).toBeGreaterThan(ROWS * 100);
  expect(growth).toBeLessThan(HEAP_GROWTH_BYTES_MAX);
});
