import { defineTask, listOrText, secret, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { addressBelow, callVendor, pathPart, textBody } from "@capstan/sdk/http";
import { z } from "zod";
import { postOptions, requestOptions } from "../request-options.ts";

/** Of a message; Twilio sends it in parts where a network takes less. */
export const CHARACTERS_MAX = 1_600;
export const MEDIA_MAX = 10;

const properties = () => ({
  accountSID: text().describe("SID of the account; it begins with `AC`."),
  authToken: secret().describe("Its token."),
  from: text().describe("A number of the account, such as +15551234567, or its name as a sender."),
  to: text().describe("The number that gets it, such as +41791234567."),
  body: text().describe(`The message, of ${CHARACTERS_MAX} characters at most.`),
  endpointOverride: text()
    .default("https://api.twilio.com")
    .describe("Address of the API. Default: https://api.twilio.com."),
  options: requestOptions(),
});
const outputs = () =>
  z.object({
    sid: z.string().describe("By which Twilio knows the message."),
    status: z.string().describe("How far it has come, such as `queued`."),
  });
const SMS = "io.kestra.plugin.twilio.notify.sms.Send";
const MMS = "io.kestra.plugin.twilio.notify.mms.Send";
const example = (id: string, type: string) =>
  `id: ${id}\ntype: ${type}\naccountSID: "{{ secret('TWILIO_SID') }}"\nauthToken: "{{ secret('TWILIO_TOKEN') }}"\nfrom: "+15551234567"\n` +
  'to: "+41791234567"\nbody: "{{ flow.id }} is done"\n';

/** Sends a text message to a telephone. */
export const smsSend = defineTask({
  type: SMS,
  title: "Send an SMS by Twilio",
  properties: () => z.object(properties()),
  outputs,
  examples: [{ title: "Tell that a flow is done", code: example("sms", SMS) }],
  run: (context) => sendMessage(context, []),
});

/** Sends a message with pictures to a telephone. */
export const mmsSend = defineTask({
  type: MMS,
  title: "Send an MMS by Twilio",
  properties: () =>
    z.object({
      ...properties(),
      mediaUrls: listOrText().describe(
        `Addresses of pictures and the like, ${MEDIA_MAX} at most, which Twilio must reach.`,
      ),
    }),
  outputs,
  examples: [{ title: "Send a picture", code: `${example("mms", MMS)}mediaUrls: ["https://example.com/chart.png"]\n` }],
  async run(context) {
    const media = context.properties.mediaUrls.filter((url) => url.trim() !== "");
    if (media.length === 0 || media.length > MEDIA_MAX)
      throw new TaskFailure(`\`mediaUrls\` has ${media.length} addresses: give 1 to ${MEDIA_MAX}.`);
    return sendMessage(context, media);
  },
});

type Properties = z.output<z.ZodObject<ReturnType<typeof properties>>>;

async function sendMessage(
  { properties, signal, log }: Pick<TaskContext<Properties>, "properties" | "signal" | "log">,
  media: readonly string[],
): Promise<z.output<ReturnType<typeof outputs>>> {
  const { accountSID, authToken, from, to, body, endpointOverride } = properties;
  if (body.length > CHARACTERS_MAX)
    throw new TaskFailure(
      `The message has ${body.length} characters, and Twilio takes ${CHARACTERS_MAX}: shorten \`body\`.`,
    );
  const form = new URLSearchParams({ From: from.trim(), To: to.trim(), Body: body });
  for (const url of media) form.append("MediaUrl", url.trim());
  const account = accountSID.trim();
  const credentials = Buffer.from(`${account}:${authToken.trim()}`).toString("base64");
  const { headers, options } = postOptions(properties.options);
  const { value } = await callVendor(signal, {
    what: "Sending the message by Twilio",
    url: addressBelow(endpointOverride, `/2010-04-01/Accounts/${pathPart("accountSID", account)}/Messages.json`),
    headers: { Authorization: `Basic ${credentials}`, ...headers },
    content: textBody(form.toString(), "application/x-www-form-urlencoded"),
    answer: z.looseObject({ sid: z.string(), status: z.string() }),
    options,
  });
  log.info(`Twilio has taken the message to ${to}: it is ${value.status}.`);
  return { sid: value.sid, status: value.status };
}
