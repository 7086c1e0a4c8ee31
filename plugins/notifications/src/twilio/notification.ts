import { secret, text } from "@capstan/sdk";
import type { z } from "zod";
import type { Telling } from "../telling.ts";

/** Who tells, and through which service, for all types of Twilio. */
export const twilioProperties = () => ({
  url: secret().describe(
    "Address of the service's notifications: https://notify.twilio.com/v1/Services/…/Notifications.",
  ),
  accountSID: text().describe("SID of the account; it begins with `AC`."),
  authToken: secret().describe("Its token."),
});

export type TwilioProperties = z.output<z.ZodObject<ReturnType<typeof twilioProperties>>>;

/** The request that tells it, as a form. A list is one field more than once. */
export function notificationOf(
  { url, accountSID, authToken }: TwilioProperties,
  fields: Readonly<Record<string, unknown>>,
): Telling {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined) form.append(name, typeof one === "string" ? one : JSON.stringify(one));
  const credentials = Buffer.from(`${accountSID.trim()}:${authToken.trim()}`).toString("base64");
  const headers = { Authorization: `Basic ${credentials}`, "Content-Type": "application/x-www-form-urlencoded" };
  return { url, headers, body: form.toString() };
}
