import { defineTask, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { jsonOf, payload } from "../payload.ts";
import { requestOptions } from "../request-options.ts";
import { postTelling } from "../telling.ts";
import { notificationOf, twilioProperties } from "./notification.ts";

const TYPE = "io.kestra.plugin.twilio.notify.TwilioAlert";

/** Sends a notification through Twilio Notify. */
export const twilioAlert = defineTask({
  type: TYPE,
  aliases: ["io.kestra.plugin.notifications.twilio.TwilioAlert"],
  title: "Send a notification through Twilio Notify",
  properties: () =>
    z.object({
      ...twilioProperties(),
      payload: payload(
        "The fields of the notification, such as `Body` and `Identity` or `Tag`; a list is sent as several.",
      ),
      options: requestOptions(),
    }),
  examples: [
    {
      title: "Tell that a flow is done",
      code:
        `id: tell\ntype: ${TYPE}\nurl: "{{ secret('TWILIO_URL') }}"\naccountSID: "{{ secret('TWILIO_SID') }}"\n` +
        'authToken: "{{ secret(\'TWILIO_TOKEN\') }}"\npayload:\n  Identity: "0000001"\n  Body: "{{ flow.id }} is done"\n',
    },
  ],
  async run(context) {
    const { payload: written, options, ...twilio } = context.properties;
    const fields = z
      .record(z.string(), z.unknown())
      .safeParse(written === undefined ? {} : JSON.parse(jsonOf(written)));
    if (!fields.success || Object.keys(fields.data).length === 0)
      throw new TaskFailure("There is no message: give `payload`, a map with fields such as `Body` and `Identity`.");
    await postTelling(context, "Twilio", notificationOf(twilio, fields.data), options);
  },
});
