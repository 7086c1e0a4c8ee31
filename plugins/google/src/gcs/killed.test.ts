import type { ExecutionFiles, TaskDefinition } from "@capstan/sdk";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BUILD_MS_MAX, startFakeGcs } from "../testing/fake-gcs.ts";
import { createStorageWorld, definition } from "../testing/storage-world.ts";

let server: Awaited<ReturnType<typeof startFakeGcs>>;
beforeAll(async () => {
  server = await startFakeGcs();
}, BUILD_MS_MAX);
afterAll(() => server[Symbol.asyncDispose]());

/** Runs a task with other files, until it is killed. */
function started(
  { world }: Awaited<ReturnType<typeof createStorageWorld>>,
  name: string,
  properties: Record<string, string>,
  files: Partial<ExecutionFiles>,
) {
  const kill = new AbortController();
  const task = definition(`gcs.${name}`) as TaskDefinition;
  const context = world.context<never>(task, { endpoint: server.endpoint, ...properties });
  const running = task.run!({ ...context, signal: kill.signal, files: { ...context.files, ...files } });
  return { running, kill: () => kill.abort(new Error("killed")) };
}

test("an upload that is killed in the middle reads no further, and leaves nothing", async () => {
  const world = await createStorageWorld(server.endpoint);
  const taken = Promise.withResolvers<void>();
  let pulls = 0;
  const source = new Readable({
    highWaterMark: 1,
    read() {
      pulls += 1;
      if (pulls === 1) this.push(Buffer.alloc(100_000));
      else taken.resolve();
    },
  });
  const files = { read: async () => source, sizeBytes: async () => 1_000_000 };
  const { running, kill } = started(world, "Upload", { from: "kestra:///a", to: `gs://${world.bucket}/a` }, files);
  const closed = new Promise((resolve) => {
    source.once("close", resolve);
  });
  await taken.promise;
  kill();
  await expect(running).rejects.toThrow("killed");
  await closed;
  expect(await world.names()).toEqual([]);
});

test("a download that is killed in the middle ends its stream", async () => {
  const world = await createStorageWorld(server.endpoint);
  await world.write("big", "x".repeat(20_000_000));
  const taken = Promise.withResolvers<Readable>();
  const files = {
    put: async (_name: string, content: Parameters<ExecutionFiles["put"]>[1]) => {
      const stream = content as Readable;
      stream.once("readable", () => taken.resolve(stream));
      return new Promise<string>((_resolve, reject) => {
        stream.once("error", reject);
      });
    },
  };
  const { running, kill } = started(world, "Download", { from: `gs://${world.bucket}/big` }, files);
  const stream = await taken.promise;
  kill();
  await expect(running).rejects.toThrow(/aborted|killed/);
  expect(stream.destroyed).toBe(true);
});
