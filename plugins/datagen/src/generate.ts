import { setImmediate } from "node:timers/promises";
import { defineTask, deliverRows, dynamic, type PollingContext, recordLine, type TaskContext } from "@capstan/sdk";
import { z } from "zod";
import { type Generator, generator, recordMaker } from "./generator.ts";

const TYPE = "io.kestra.plugin.datagen.core.Generate";
/** Records that are made before others get their turn, and a kill is noticed. */
const RECORDS_PER_TURN = 500;

/** What is made, and where it goes. */
export const makingProperties = () => ({
  generator: generator(),
  store: dynamic(z.boolean())
    .default(false)
    .describe("Whether records are stored as a file, one a line; else one record is an output. Default: false."),
  batchSize: dynamic(z.int().min(1)).default(1).describe("How many records are stored, with `store`. Default: 1."),
});

export const makingOutputs = () =>
  z.object({
    count: z.int().describe("How many records were made."),
    size: z.int().describe("Their size as JSON, in bytes."),
    value: z.unknown().optional().describe("The record, without `store`."),
    uri: z.string().optional().describe("The file of the records, with `store`."),
  });

interface Making {
  readonly generator: Generator;
  readonly store: boolean;
  readonly batchSize: number;
}
type Context = Pick<
  TaskContext<Making> & PollingContext<Making>,
  "properties" | "evaluate" | "files" | "signal" | "log"
>;

/** Makes up data. */
export const generate = defineTask({
  type: TYPE,
  aliases: ["io.kestra.plugin.datagen.Generate"],
  title: "Make up data",
  description: "For tests and demonstrations: names, addresses and the like, which belong to nobody.",
  properties: () => z.object(makingProperties()),
  outputs: makingOutputs,
  examples: [
    {
      title: "A thousand customers",
      code:
        `id: customers\ntype: ${TYPE}\nstore: true\nbatchSize: 1000\ngenerator:\n` +
        "  type: io.kestra.plugin.datagen.generators.JsonObjectGenerator\n  locale: [fr, FR]\n  value:\n" +
        '    name: "#{name.fullName}"\n    email: "#{internet.emailAddress}"\n    address:\n      city: "#{address.city}"\n' +
        "    plan: \"#{options.option 'free','team','company'}\"\n",
    },
    {
      title: "One line of text",
      code:
        `id: line\ntype: ${TYPE}\ngenerator:\n  type: io.kestra.plugin.datagen.generators.StringValueGenerator\n` +
        "  value: \"#{name.firstName} paid #{number.numberBetween '1','100'} euros\"\n",
    },
  ],
  async run(context) {
    const made = await make(context);
    context.metric({ name: "records", type: "counter", value: made.count });
    return made;
  },
});

/** Makes what the properties ask for. */
export async function make({ properties, files, signal, log, ...context }: Context) {
  const { store, batchSize } = properties;
  const next = await recordMaker(properties.generator, context);
  let size = 0;
  if (!store) {
    const value = await next();
    size = Buffer.byteLength(JSON.stringify(value));
    log.info(`Made a record of ${size} bytes.`);
    return { count: 1, size, value };
  }
  async function* records() {
    for (let index = 0; index < batchSize; index += 1) {
      if (index % RECORDS_PER_TURN === 0) await setImmediate(undefined, { signal });
      const record = await next();
      size += Buffer.byteLength(recordLine(record)) - 1;
      yield record;
    }
  }
  const { uri, size: count } = await deliverRows(records(), "STORE", files, "records.ion");
  log.info(`Made ${count} records of ${size} bytes.`);
  return { count, size, uri };
}
