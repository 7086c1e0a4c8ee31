import type { ExecutionFiles, JsonMap, TaskDefinition } from "@capstan/sdk";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startAzurite } from "../testing/azurite.ts";
import { type BlobWorld, createBlobWorld, definition } from "../testing/blob-world.ts";

let server: Awaited<ReturnType<typeof startAzurite>>;
beforeAll(async () => {
  server = await startAzurite();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Runs a task with other files, until it is killed. */
function started({ world, place }: BlobWorld, name: string, properties: JsonMap, files: Partial<ExecutionFiles>) {
  const kill = new AbortController();
  const task = definition(name) as TaskDefinition;
  const context = world.context<never>(task, { ...place, ...properties });
  const running = task.run!({ ...context, signal: kill.signal, files: { ...context.files, ...files } });
  return { running, kill: () => kill.abort(new Error("killed")) };
}

test("an upload that is killed in the middle reads no further, and leaves nothing", async () => {
  const world = await createBlobWorld(server.endpoint);
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
  const closed = new Promise((resolve) => {
    source.once("close", resolve);
  });
  const files = { read: async () => source, sizeBytes: async () => 1_000_000 };
  const { running, kill } = started(world, "Upload", { from: "kestra:///a", name: "a" }, files);
  await taken.promise;
  kill();
  await expect(running).rejects.toThrow("killed");
  await closed;
  expect(await world.names()).toEqual([]);
});

test("a download that is killed in the middle ends its stream", async () => {
  const world = await createBlobWorld(server.endpoint);
  await world.write("big", "x".repeat(20_000_000));
  const taken = Promise.withResolvers<Readable>();
  const put: ExecutionFiles["put"] = (_name, content) => {
    const stream = content as Readable;
    stream.once("readable", () => taken.resolve(stream));
    return new Promise((_resolve, reject) => {
      stream.once("error", reject);
    });
  };
  const { running, kill } = started(world, "Download", { name: "big" }, { put });
  const stream = await taken.promise;
  kill();
  stream.resume();
  await expect(running).rejects.toThrow(/aborted|killed/);
});
