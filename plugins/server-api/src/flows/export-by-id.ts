import { defineTask, dynamic, TaskFailure, text } from "@capstan/sdk";
import { textBody } from "@capstan/sdk/http";
import { z } from "zod";
import { connection } from "../connection.ts";
import { exportOutputs, storeExport } from "./store-export.ts";

const TYPE = "io.kestra.plugin.kestra.flows.ExportById";

/** Stores chosen flows as an archive. */
export const exportById = defineTask({
  type: TYPE,
  title: "Export chosen flows of a server",
  properties: () =>
    z.object({
      ...connection(),
      flows: dynamic(
        z.array(
          z.object({ namespace: text().describe("Namespace of the flow."), id: text().describe("Id of the flow.") }),
        ),
      ).describe("The flows. One that isn't there fails the task."),
    }),
  outputs: exportOutputs,
  examples: [
    {
      title: "Keep what two flows look like",
      code:
        `id: keep\ntype: ${TYPE}\nflows:\n  - namespace: company.team\n    id: load\n  - namespace: company.team\n    id: report\n` +
        "auth:\n  apiToken: \"{{ secret('API_TOKEN') }}\"\n",
    },
  ],
  run(context) {
    const { flows } = context.properties;
    if (flows.length === 0) throw new TaskFailure("`flows` is empty: name the flows that are exported.");
    const body = textBody(JSON.stringify(flows), "application/json");
    return storeExport(context, { path: "/flows/export/by-ids", body });
  },
});
