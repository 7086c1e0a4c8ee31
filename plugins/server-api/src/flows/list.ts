import { defineTask, text } from "@capstan/sdk";
import { given, pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { connection, openApi, type ServerApi } from "../connection.ts";
import { collected, rowsOf } from "../pages.ts";

const TYPE = "io.kestra.plugin.kestra.flows.List";
const WHAT = "Listing flows";

const flow = () => z.looseObject({ id: z.string(), namespace: z.string() });
type Flow = z.output<ReturnType<typeof flow>>;

/** Lists flows. */
export const list = defineTask({
  type: TYPE,
  title: "List flows of a server",
  properties: () =>
    z.object({
      ...connection(),
      namespace: text().optional().describe("Only flows of this namespace, without those below. Default: all flows."),
    }),
  outputs: () =>
    z.object({
      flows: z
        .array(flow())
        .describe("The flows as the server knows them, among others with `id`, `namespace`, `revision` and `labels`."),
    }),
  examples: [
    {
      title: "The flows of a team",
      code: `id: flows\ntype: ${TYPE}\nnamespace: company.team\nauth:\n  apiToken: "{{ secret('API_TOKEN') }}"\n`,
    },
  ],
  async run(context) {
    const namespace = given(context.properties.namespace);
    const api = await openApi(context, context.identity.tenant);
    const flows = await collected(flowsOf(api, namespace), WHAT, "Ask for one `namespace`, or use `flows.Export`.");
    context.log.info(`Found ${flows.length} ${flows.length === 1 ? "flow" : "flows"}.`);
    return { flows };
  },
});

async function* flowsOf(api: ServerApi, namespace: string | undefined): AsyncGenerator<Flow> {
  if (namespace === undefined) {
    yield* rowsOf(api, { what: WHAT, path: "/flows/search", row: flow() });
    return;
  }
  const path = `/flows/${pathPart("namespace", namespace)}`;
  yield* (await api.call({ what: WHAT, path, answer: z.array(flow()) })).value;
}
