import { defineTask, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { jsonOf, payload } from "../payload.ts";
import { requestOptions } from "../request-options.ts";
import { postTelling } from "../telling.ts";
import { endpointProperties, eventRequest, type SentryEvent } from "./event-endpoint.ts";

const TYPE = "io.kestra.plugin.sentry.SentryAlert";

/** Sends an event. */
export const sentryAlert = defineTask({
  type: TYPE,
  aliases: ["io.kestra.plugin.notifications.sentry.SentryAlert"],
  title: "Send an event to Sentry",
  properties: () =>
    z.object({
      ...endpointProperties(),
      payload: payload("The event, as the JSON that Sentry takes. What it lacks is added: `event_id` and `timestamp`."),
      options: requestOptions(),
    }),
  examples: [
    {
      title: "Tell of a failure",
      code:
        `id: tell\ntype: ${TYPE}\ndsn: "{{ secret('SENTRY_DSN') }}"\npayload: |\n` +
        '  {"level": "error", "message": {"formatted": {{ flow.id | toJson }}}, "platform": "other"}\n',
    },
  ],
  async run(context) {
    const { payload: written, options, ...endpoint } = context.properties;
    const event = { ...newEvent(context.now()), ...eventOf(written) };
    await postTelling(context, "Sentry", eventRequest(endpoint, event), options);
  },
});

function eventOf(written: unknown): object {
  if (written === undefined) throw new TaskFailure("There is no event: give `payload`, the JSON that Sentry takes.");
  const event: unknown = JSON.parse(jsonOf(written));
  if (typeof event !== "object" || event === null || Array.isArray(event))
    throw new TaskFailure('`payload` is no event: give a JSON object, such as {"message": {"formatted": "…"}}.');
  return event;
}

/** What each event must have. */
export function newEvent(now: number): SentryEvent {
  return { event_id: crypto.randomUUID().replaceAll("-", ""), timestamp: new Date(now).toISOString() };
}
