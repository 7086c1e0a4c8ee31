import {
  defineTask,
  deliverRows,
  fetchType,
  listOrText,
  rowOutputs,
  secret,
  type TaskContext,
  text,
} from "@capstan/sdk";
import { addressBelow, callVendor, pathPart } from "@capstan/sdk/http";
import { z } from "zod";

/** The version of the API that is spoken. */
export const REVISION = "2025-10-15";

/** A kind of thing that Klaviyo tells of by the ids of things. */
interface Resource {
  /** Behind `io.kestra.plugin.klaviyo`. */
  readonly type: string;
  readonly title: string;
  /** The property with the ids. */
  readonly ids: "campaignIds" | "messageIds" | "jobIds";
  /** What the ids are of, in the plural. */
  readonly of: string;
  readonly path: (id: string) => string;
}

const RESOURCES: readonly Resource[] = [
  {
    type: "campaign.Get",
    title: "Read campaigns of Klaviyo",
    ids: "campaignIds",
    of: "campaigns",
    path: (id) => `/campaigns/${id}`,
  },
  {
    type: "campaign.GetRecipientCount",
    title: "Read how many people campaigns of Klaviyo would reach",
    ids: "campaignIds",
    of: "campaigns",
    path: (id) => `/campaign-recipient-estimations/${id}`,
  },
  {
    type: "campaign.messages.Get",
    title: "Read messages of campaigns of Klaviyo",
    ids: "messageIds",
    of: "messages",
    path: (id) => `/campaign-messages/${id}`,
  },
  {
    type: "campaign.messages.GetCampaign",
    title: "Read the campaigns of messages of Klaviyo",
    ids: "messageIds",
    of: "messages",
    path: (id) => `/campaign-messages/${id}/campaign`,
  },
  {
    type: "campaign.messages.GetImages",
    title: "Read the images of messages of Klaviyo",
    ids: "messageIds",
    of: "messages for phones",
    path: (id) => `/campaign-messages/${id}/image`,
  },
  {
    type: "jobs.GetRecipient",
    title: "Read jobs of Klaviyo that estimate recipients",
    ids: "jobIds",
    of: "jobs",
    path: (id) => `/campaign-recipient-estimation-jobs/${id}`,
  },
  {
    type: "jobs.GetSendJob",
    title: "Read jobs of Klaviyo that send campaigns",
    ids: "jobIds",
    of: "jobs",
    path: (id) => `/campaign-send-jobs/${id}`,
  },
];

const connection = () => ({
  apiKey: secret().describe("A private key, with the right to read campaigns."),
  baseUrl: text()
    .default("https://a.klaviyo.com/api")
    .describe("Address of the API. Default: https://a.klaviyo.com/api."),
  fetchType: fetchType("FETCH"),
});

type Connection = z.output<z.ZodObject<ReturnType<typeof connection>>>;

/** All types of Klaviyo. */
export const klaviyoTasks = RESOURCES.map(resourceTask);

function resourceTask(resource: Resource) {
  const { title, ids: property, of } = resource;
  const type = `io.kestra.plugin.klaviyo.${resource.type}`;
  return defineTask({
    type,
    title,
    description: "One request for each id, in their order. Klaviyo takes ten a second, and 150 a minute.",
    properties: () => z.object({ ...connection(), [property]: listOrText().describe(`Ids of the ${of}.`) }),
    outputs: () => z.object(rowOutputs()),
    examples: [
      {
        title,
        code: `id: read\ntype: ${type}\napiKey: "{{ secret('KLAVIYO_KEY') }}"\n${property}: ["{{ inputs.id }}"]\n`,
      },
    ],
    async run(written) {
      const context = written as unknown as TaskContext<Connection>;
      const ids = (written.properties as Readonly<Record<string, unknown>>)[property] as readonly string[];
      const rows = rowsOf(context, resource, ids);
      const delivered = await deliverRows(rows, context.properties.fetchType, context.files);
      context.log.info(`Read ${delivered.size} of ${ids.length} from Klaviyo.`);
      context.metric({ name: "records", type: "counter", value: delivered.size });
      return { ...delivered };
    },
  });
}

/** What is told for each id, asked for as it is taken. */
async function* rowsOf(
  { properties, signal }: Pick<TaskContext<Connection>, "properties" | "signal">,
  { ids: property, path, title }: Resource,
  ids: readonly string[],
) {
  const paths = ids.map((id) => path(pathPart(property, id)));
  for (const [index, one] of paths.entries()) {
    const { value } = await callVendor(signal, {
      what: `"${title}" (${ids[index]})`,
      url: addressBelow(properties.baseUrl, one),
      headers: {
        Accept: "application/vnd.api+json",
        Authorization: `Klaviyo-API-Key ${properties.apiKey.trim()}`,
        revision: REVISION,
      },
      answer: z.object({ data: z.record(z.string(), z.unknown()).nullable() }),
    });
    if (value.data !== null) yield value.data;
  }
}
