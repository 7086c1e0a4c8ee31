import {
  anyMap,
  defineTask,
  deliverRows,
  dynamic,
  listOrText,
  type TaskContext,
  TaskFailure,
  text,
  textMap,
} from "@capstan/sdk";
import { given } from "@capstan/sdk/http";
import { z } from "zod";
import { callHubspot, connection, type HubspotConnection } from "./connection.ts";
import type { CrmObject } from "./crm-object.ts";

/** The most that HubSpot takes. */
export const RECORDS_PER_PAGE = 200;
/** HubSpot finds no more, whatever the page. */
export const RECORDS_MAX = 10_000;
const RECORDS = 10;

const answer = () =>
  z.object({
    results: z.array(z.object({ properties: z.record(z.string(), z.unknown()) })),
    paging: z.object({ next: z.object({ after: z.string() }).optional() }).optional(),
  });

const properties = () =>
  z.object({
    ...connection(),
    query: text().optional().describe("What is searched for in the properties that HubSpot searches by default."),
    filterGroups: dynamic(z.array(anyMap()))
      .optional()
      .describe(
        "Groups of `filters`, each of `propertyName`, `operator` and `value`. A record must obey all filters of one group.",
      ),
    properties: listOrText()
      .optional()
      .describe("Names of the properties that are read. Default: those that HubSpot chooses."),
    limit: dynamic(z.int().min(1).max(RECORDS_PER_PAGE))
      .optional()
      .describe(
        `How many records are found at most, up to ${RECORDS_PER_PAGE}. With \`fetchAllPages\`, how many a page has. Default: ${RECORDS}, and ${RECORDS_PER_PAGE} a page.`,
      ),
    after: text().optional().describe("Where to begin, as HubSpot said it for the next page."),
    sorts: dynamic(z.array(textMap()))
      .optional()
      .describe("The order: `propertyName`, and `direction` ASCENDING or DESCENDING."),
    fetchAllPages: dynamic(z.boolean()).default(false).describe("Whether all pages are read. Default: false."),
  });

type Properties = z.output<ReturnType<typeof properties>>;

/** The task that finds records. */
export function searchTask(object: CrmObject) {
  const type = `io.kestra.plugin.hubspot.${object.plural}.Search`;
  return defineTask({
    type,
    title: `Search ${object.plural} at HubSpot`,
    description: `HubSpot finds ${RECORDS_MAX} records at most; a search that would have more fails. Records that were changed just now are found a little later.`,
    properties,
    outputs: () =>
      z.object({
        total: z.int().describe("How many records were read."),
        uri: z.string().describe("The file with their properties, one record a line."),
      }),
    examples: [
      {
        title: "The newest ones",
        code:
          `id: newest\ntype: ${type}\napiKey: "{{ secret('HUBSPOT_TOKEN') }}"\nlimit: 10\n` +
          "sorts:\n  - { propertyName: createdate, direction: DESCENDING }\n",
      },
    ],
    async run(context) {
      const found = recordsOf(context, object);
      const { size, uri } = await deliverRows(found, "STORE", context.files, `${object.plural}.ion`);
      context.log.info(`Found ${size} ${size === 1 ? object.singular : object.plural}.`);
      context.metric({ name: "records", type: "counter", value: size });
      return { total: size, uri: uri! };
    },
  });
}

/** The properties of the records of one page or all, asked for as they are taken. */
async function* recordsOf(
  context: Pick<TaskContext<Properties & HubspotConnection>, "properties" | "signal">,
  object: CrmObject,
) {
  const { query: written, filterGroups = [], properties: wanted = [], sorts = [], fetchAllPages } = context.properties;
  const { limit = fetchAllPages ? RECORDS_PER_PAGE : RECORDS } = context.properties;
  const query = given(written);
  const body = {
    ...(query !== undefined && { query }),
    ...(filterGroups.length > 0 && { filterGroups }),
    ...(wanted.length > 0 && { properties: wanted }),
    ...(sorts.length > 0 && { sorts }),
    limit,
  };
  for (let after = given(context.properties.after), isLast = false; !isLast;) {
    if (Number(after) >= RECORDS_MAX)
      throw new TaskFailure(
        `More than ${RECORDS_MAX} ${object.plural} match, which is all that HubSpot finds. Search for fewer with \`filterGroups\`.`,
      );
    const page = await callHubspot(context, {
      what: `The search for ${object.plural}`,
      path: `/v3/objects/${object.plural}/search`,
      body: { ...body, ...(after !== undefined && { after }) },
      answer: answer(),
    });
    for (const { properties: told } of page.results) yield told;
    after = page.paging?.next?.after;
    isLast = !fetchAllPages || after === undefined;
  }
}
