import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { connection, openApi } from "../connection.ts";
import { namespacesOutput, prefix, startingWith } from "./prefix.ts";

const TYPE = "io.kestra.plugin.kestra.namespaces.NamespacesWithFlows";

/** Lists the namespaces that hold flows. */
export const namespacesWithFlows = defineTask({
  type: TYPE,
  title: "List namespaces of a server that hold flows",
  properties: () => z.object({ ...connection(), prefix: prefix() }),
  outputs: namespacesOutput,
  examples: [
    {
      title: "Where there are flows",
      code: `id: namespaces\ntype: ${TYPE}\nauth:\n  apiToken: "{{ secret('API_TOKEN') }}"\n`,
    },
  ],
  async run(context) {
    const { prefix = "" } = context.properties;
    const api = await openApi(context, context.identity.tenant);
    const { value } = await api.call({
      what: "Listing namespaces",
      path: "/flows/distinct-namespaces",
      ...(prefix !== "" && { params: { q: prefix } }),
      answer: z.array(z.string()),
    });
    const namespaces = startingWith(prefix, value);
    context.log.info(`Found ${namespaces.length} ${namespaces.length === 1 ? "namespace" : "namespaces"}.`);
    return { namespaces };
  },
});
