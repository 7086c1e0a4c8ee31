import type { PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { deep, defineTask, dynamic } from "@capstan/sdk";
import { z } from "zod";
import { failForRefused, sendEntries } from "../answered-entries.ts";
import { told } from "../aws-failure.ts";
import { asText, givenEntries } from "../given-entries.ts";
import { openService, serviceProperties } from "../service.ts";

/** What one request holds. A larger event goes alone, and EventBridge says what it thinks of it. */
const LIMITS = { count: 10, bytes: 262_144 };

const event = z.object({
  source: z.string(),
  detailType: z.string(),
  detail: z.unknown().refine((value) => value !== undefined && value !== null, "is missing"),
  eventBusName: z.string().nullish(),
  resources: z.array(z.string()).nullish(),
});
type Event = z.output<typeof event>;

const EVENTS = {
  noun: "Event",
  property: "entries",
  otherwise: "it is no map with `source`, `detailType` and `detail`",
  schema: event,
};

/** Sends events to a bus. */
export const putEvents = defineTask({
  type: "io.kestra.plugin.aws.eventbridge.PutEvents",
  title: "Send events to EventBridge",
  description:
    "In the order in which they are given, ten to a request. A file tells what became of each, also when the task fails because some were refused.",
  properties: () =>
    z.object({
      ...serviceProperties(),
      entries: deep().describe(
        "An event, a list of them, or the address of a file with one a line. Each is a map: `source`, `detailType`, `detail` (a map, or its JSON) and, where wanted, `eventBusName` (by default the bus `default`) and `resources`, a list of ARNs.",
      ),
      failOnUnsuccessfulEvents: dynamic(z.boolean())
        .default(true)
        .describe("Whether the task fails when an event was refused. Default: true."),
    }),
  outputs: () =>
    z.object({
      uri: z
        .string()
        .describe(
          "The file of the events, one a line, with the `eventId` of each, or its `errorCode` and `errorMessage`.",
        ),
      entryCount: z.int().describe("How many events there were."),
      failedEntryCount: z.int().describe("How many of them were refused."),
    }),
  examples: [
    {
      title: "Tell of an order",
      code: 'id: tell\ntype: io.kestra.plugin.aws.eventbridge.PutEvents\nentries:\n  - eventBusName: shop\n    source: capstan\n    detailType: order\n    detail:\n      number: "{{ inputs.order }}"\n',
    },
  ],
  async run(context) {
    const { properties, files, metric, log } = context;
    using bus = await openService(
      context,
      async (settings) => new (await import("@aws-sdk/client-eventbridge")).EventBridge(settings),
    );
    const sent = await sendEntries(context, givenEntries(properties.entries, files, EVENTS), {
      limits: LIMITS,
      bytesOf: ({ source, detailType, detail }) => Buffer.byteLength(source + detailType + asText(detail)),
      rowOf: (entry) => entry,
      send: async (batch, first) => {
        const request = bus.client.putEvents({ Entries: batch.map(requestEntry) }, bus.ending);
        const { Entries = [] } = await told(`Sending events ${first} to ${first + batch.length - 1}`, request);
        return Entries.map(({ EventId, ErrorCode, ErrorMessage }) => ({
          facts: EventId === undefined ? {} : { eventId: EventId },
          errorCode: ErrorCode,
          errorMessage: ErrorMessage,
        }));
      },
    });
    const outputs = { uri: sent.uri, entryCount: sent.count, failedEntryCount: sent.failedCount };
    metric({ name: "entryCount", type: "counter", value: sent.count });
    metric({ name: "failedEntryCount", type: "counter", value: sent.failedCount });
    if (properties.failOnUnsuccessfulEvents) failForRefused(sent, "events", outputs);
    log.info(`${sent.count - sent.failedCount} of ${sent.count} events were taken`);
    return outputs;
  },
});

function requestEntry({ source, detailType, detail, eventBusName, resources }: Event): PutEventsRequestEntry {
  return {
    Source: source,
    DetailType: detailType,
    Detail: asText(detail),
    ...(eventBusName != null && { EventBusName: eventBusName }),
    ...(resources != null && { Resources: resources }),
  };
}
