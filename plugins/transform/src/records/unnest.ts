import { defineTask, dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { compilePath } from "../expressions/compile.ts";
import { isNothing, shown } from "../expressions/values.ts";
import { type PathStep, valueAt } from "../expressions/path.ts";
import { deliverSteps } from "./deliver.ts";
import { from, resultOutputs, resultProperties } from "./record-properties.ts";
import { type Row, rowsOf } from "./sources.ts";

/** Makes a record of each element of a list in a record. */
export const unnest = defineTask({
  type: "io.kestra.plugin.transform.Unnest",
  title: "Make records of the elements of a list",
  description: "A record without elements makes none.",
  properties: () =>
    z.object({
      from: from(),
      path: text().describe("Where the list is in a record: `items[]`, or `payload.items[]`."),
      as: text().describe("The field that gets the element."),
      keepOriginalFields: dynamic(z.boolean())
        .default(true)
        .describe("Whether the other fields of the record are kept, without the list."),
      onError: dynamic(z.enum(["FAIL", "SKIP", "NULL"]))
        .default("FAIL")
        .describe(
          "What a record means that has no list there: FAIL fails the task, SKIP leaves it out, NULL makes one record with null.",
        ),
      ...resultProperties(),
    }),
  outputs: resultOutputs,
  examples: [
    {
      title: "A row for each item of an order",
      code: 'id: items\ntype: io.kestra.plugin.transform.Unnest\nfrom: "{{ outputs.orders.uri }}"\npath: items[]\nas: item\n',
    },
  ],
  async run(context) {
    const { from, path, as, keepOriginalFields, onError, ...result } = context.properties;
    const steps = compilePath(path);
    const row = (record: Row, element: unknown) => ({
      ...(keepOriginalFields && without(record, steps)),
      [as]: element,
    });
    const step = (record: Row) => {
      const list = valueAt(steps, record);
      if (isNothing(list)) return [];
      if (!Array.isArray(list)) throw new TaskFailure(`at ${path} is no list but ${shown(list)}`);
      return list.map((element: unknown) => row(record, element));
    };
    const delivery = { name: "unnest.ion", sources: [from], ...result };
    const instead = (record: Row) => (onError === "NULL" ? [row(record, null)] : []);
    return deliverSteps(context, rowsOf(from, context.files), delivery, step, onError === "FAIL" ? onError : instead);
  },
});

/** A record without the first list on the path. */
function without(record: Row, [first, ...rest]: readonly PathStep[]): Row {
  const { name, element } = first!;
  if (!Object.hasOwn(record, name)) return record;
  const inner = record[name];
  if (rest.length > 0 && element === undefined)
    return typeof inner === "object" && inner !== null ? { ...record, [name]: without(inner as Row, rest) } : record;
  return Object.fromEntries(Object.entries(record).filter(([field]) => field !== name));
}
