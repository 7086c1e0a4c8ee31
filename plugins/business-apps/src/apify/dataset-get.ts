import { setTimeout as delay } from "node:timers/promises";
import { defineTask, dynamic, listOrText, TaskFailure, text } from "@capstan/sdk";
import { given, pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { callApify, connection } from "./connection.ts";

const TYPE = "io.kestra.plugin.apify.dataset.Get";
/** How long the first item is waited for. */
export const WAIT_MS_MAX = 300_000;
/** Between two questions, which become rarer. */
const DELAY_MS_MIN = 500;
const DELAY_MS_MAX = 32_000;

const flag = (standard: boolean, description: string) =>
  dynamic(z.boolean()).default(standard).describe(`${description} Default: ${standard}.`);

const properties = () =>
  z.object({
    ...connection(),
    datasetId: text().describe("Id of the dataset, such as the `defaultDatasetId` of a run."),
    clean: flag(true, "Whether items that are empty, and fields that begin with #, are left out."),
    offset: dynamic(z.int().nonnegative())
      .default(0)
      .describe("How many items are left out before the first. Default: 0."),
    limit: dynamic(z.int().positive()).default(1_000).describe("How many items are read at most. Default: 1000."),
    fields: listOrText().optional().describe("Names of the fields that are read. Default: all."),
    omit: listOrText().optional().describe("Names of fields that are left out."),
    unwind: listOrText().optional().describe("Fields whose lists or maps become items of their own, in this order."),
    flatten: dynamic(z.union([z.boolean(), z.string(), z.array(z.string())]))
      .default(false)
      .describe("Names of fields whose maps become fields such as `a.b`. Default: none."),
    sort: dynamic(z.enum(["ASC", "DESC"]))
      .default("ASC")
      .describe("ASC (as they came) or DESC. Default: ASC."),
    skipEmpty: flag(true, "Whether items that are empty are left out."),
    skipFailedPages: flag(false, "Whether items with `errorInfo` are left out."),
    view: text().optional().describe("Name of a view that the actor defines for its results."),
    skipHidden: flag(false, "Whether fields that begin with # are left out."),
    simplified: flag(false, "Whether items of old crawlers are put out in their simple form."),
  });

type Properties = z.output<ReturnType<typeof properties>>;

/** Reads the items of a dataset. */
export const datasetGet = defineTask({
  type: TYPE,
  title: "Read a dataset of Apify",
  description: `Where it has no items, they are waited for: five minutes, as a run may be about to write them. A dataset that is empty then fails the task.`,
  properties,
  outputs: () => z.object({ dataset: z.array(z.unknown()).describe("The items.") }),
  examples: [
    {
      title: "The results of a run",
      code:
        `id: results\ntype: ${TYPE}\napiToken: "{{ secret('APIFY_TOKEN') }}"\n` +
        'datasetId: "{{ outputs.crawl.defaultDatasetId }}"\nfields: [url, title]\n',
    },
  ],
  async run(context) {
    const { datasetId } = context.properties;
    const what = `Reading the dataset ${datasetId}`;
    const call = {
      what,
      path: `/datasets/${pathPart("datasetId", datasetId)}/items`,
      params: paramsOf(context.properties),
    };
    const deadline = context.now() + WAIT_MS_MAX;
    for (let wait = DELAY_MS_MIN; ; wait = Math.min(wait * 2, DELAY_MS_MAX)) {
      const dataset = await callApify(context, { ...call, answer: z.array(z.unknown()) });
      if (dataset.length > 0) {
        context.log.info(`Read ${dataset.length} items of the dataset ${datasetId}.`);
        context.metric({ name: "records", type: "counter", value: dataset.length });
        return { dataset };
      }
      if (context.now() + wait > deadline)
        throw new TaskFailure(
          `The dataset ${datasetId} has had no items for ${WAIT_MS_MAX / 60_000} minutes. Look at its run at Apify.`,
        );
      await delay(wait, undefined, { signal: context.signal });
    }
  },
});

/** As Apify documents them; what is its standard anyway is not sent. */
function paramsOf(written: Properties): Record<string, string> {
  const { offset, limit, fields = [], omit = [], unwind = [], flatten, sort } = written;
  if (flatten === true)
    throw new TaskFailure("`flatten` is true, which names no fields. Give it the names of the fields.");
  const flattened = flatten === false ? [] : [flatten].flat();
  const lists = Object.entries({ fields, omit, unwind, flatten: flattened }).filter(([, names]) => names.length > 0);
  const flags = (["clean", "skipEmpty", "skipFailedPages", "skipHidden", "simplified"] as const).filter(
    (name) => written[name],
  );
  const view = given(written.view);
  return {
    format: "json",
    offset: String(offset),
    limit: String(limit),
    ...Object.fromEntries(flags.map((name) => [name, "true"])),
    ...Object.fromEntries(lists.map(([name, names]) => [name, names.map((one) => one.trim()).join(",")])),
    ...(sort === "DESC" && { desc: "true" }),
    ...(view !== undefined && { view }),
  };
}
