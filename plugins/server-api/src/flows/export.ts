import { defineTask, listOrText, TaskFailure, text } from "@capstan/sdk";
import { given } from "@capstan/sdk/http";
import { z } from "zod";
import { connection } from "../connection.ts";
import { type Filter, filterParameters } from "../filters.ts";
import { exportOutputs, storeExport } from "./store-export.ts";

const TYPE = "io.kestra.plugin.kestra.flows.Export";

/** Stores the flows that match as an archive. */
export const exportFlows = defineTask({
  type: TYPE,
  title: "Export flows of a server",
  properties: () =>
    z.object({
      ...connection(),
      namespace: text().optional().describe("Only flows of this namespace and of those below it. Default: all flows."),
      labels: listOrText().optional().describe("Only flows with all of these labels, each written `key:value`."),
    }),
  outputs: exportOutputs,
  examples: [
    {
      title: "All flows of a team, as an archive",
      code: `id: backup\ntype: ${TYPE}\nnamespace: company.team\nauth:\n  apiToken: "{{ secret('API_TOKEN') }}"\n`,
    },
  ],
  run(context) {
    const { namespace, labels = [] } = context.properties;
    const filters: Filter[] = [{ field: "namespace", operator: "PREFIX", value: given(namespace) }];
    for (const label of labels) filters.push({ field: "labels", operator: "EQUALS", ...labelOf(label) });
    return storeExport(context, { path: "/flows/export/by-query", params: filterParameters(filters) });
  },
});

function labelOf(written: string): { readonly key: string; readonly value: string } {
  const colon = written.indexOf(":");
  const [key, value] = [written.slice(0, Math.max(0, colon)).trim(), written.slice(colon + 1).trim()];
  // Without a value, the search would be for all flows.
  if (key === "" || value === "") throw new TaskFailure(`The label "${written}" is not written as \`key:value\`.`);
  return { key, value };
}
