import type { JsonMap } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { readdir } from "node:fs/promises";
import { PassThrough, Readable } from "node:stream";
import { expect, test } from "vitest";
import plugin from "./index.ts";
import { FROM } from "./testing/convert.ts";

const ROW = "7,some text of a row\n";
const RECORD = '{"id":7,"text":"some text of a row"}\n';
const SCHEMA = '{"type":"record","name":"R","fields":[{"name":"id","type":"int"},{"name":"text","type":"string"}]}';

function taskNamed(name: string) {
  const task = plugin.definitions.find(({ type }) => type.endsWith(`.${name}`));
  if (task === undefined || !("run" in task)) throw new Error(`there is no task ${name}`);
  return task;
}

test.each<[string, string, JsonMap]>([
  ["CsvToIon", ROW, { header: false }],
  ["IonToCsv", RECORD, {}],
  ["IonToJson", RECORD, {}],
  ["IonToJson", RECORD, { newLine: false }],
  ["JsonToIon", RECORD, {}],
  ["JsonToIon", RECORD, { newLine: false }],
  ["JsonToJsonl", RECORD, {}],
  ["YamlToIon", "---\nid: 7\ntext: some text of a row\n", {}],
  ["YamlToJson", "---\nid: 7\ntext: some text of a row\n", {}],
  ["IonToYaml", RECORD, {}],
  ["JsonToYaml", RECORD, {}],
  ["IonToXml", RECORD, {}],
  ["IonToExcel", '{"id":7,"text":"some text of a row"}\n', {}],
  ["IonToAvro", RECORD, { schema: SCHEMA }],
  ["IonToParquet", RECORD, { schema: SCHEMA, rowGroupSize: 100_000 }],
])("%s: no more than some blocks of a file are in memory", async (name, record, properties) => {
  await using world = createTestWorld();
  const task = taskNamed(name);
  const context = world.context<never>(task, { from: FROM, ...properties });
  const total = 20_000;
  let given = 0;
  let atLast = 0;
  let most = 0;
  const files = {
    ...world.files,
    read: async () =>
      Readable.from(
        (function* () {
          for (; given < total; given += 1)
            yield Buffer.from(name === "IonToExcel" ? record.replace("7", String(given)) : record);
        })(),
      ),
    async put(_name: string, content: Readable | Uint8Array | string) {
      for await (const _block of content as Readable) {
        most = Math.max(most, given - atLast);
        atLast = given;
      }
      return "kestra:///out";
    },
  };
  expect(await task.run!({ ...context, files })).toMatchObject({ size: total });
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThan(total / 2);
});

test.each(plugin.definitions.map(({ type }) => type.split(".").at(-1)!))(
  "%s: a kill ends the reading, although the source is silent, and leaves nothing behind",
  async (name) => {
    const abort = new AbortController();
    await using world = createTestWorld({ signal: abort.signal });
    const task = taskNamed(name);
    const context = world.context<never>(task, { from: FROM });
    const source = new PassThrough();
    const reading = Promise.withResolvers<void>();
    const files = {
      ...world.files,
      async read() {
        reading.resolve();
        return source;
      },
    };
    const running = task.run!({ ...context, files });
    await reading.promise;
    abort.abort();
    await expect(running).rejects.toThrow("abort");
    expect(source.destroyed).toBe(true);
    expect(world.files.uris()).toEqual([]);
    expect(await readdir(await world.workingDirectory())).toEqual([]);
  },
);
