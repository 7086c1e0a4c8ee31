import { secret, type TaskContext, TaskFailure } from "@capstan/sdk";
import { addressOf, callApi, textBody } from "@capstan/sdk/http";
import { z } from "zod";
import { postOptions, requestOptions } from "../request-options.ts";

/** Where messages go, for all types of QQ. */
export const imProperties = () => ({
  url: secret().describe(
    "Address of Tencent Cloud IM with all its parameters, such as https://console.tim.qq.com/v4/openim/sendmsg?sdkappid=…&identifier=…&usersig=…&random=…&contenttype=json.",
  ),
  token: secret().optional().describe("Bearer token, where a gateway on the way wants one."),
  options: requestOptions(),
});

export type ImProperties = z.output<z.ZodObject<ReturnType<typeof imProperties>>>;

/** As Tencent documents it; a refusal comes with status 200. */
const answer = z.object({
  ActionStatus: z.string().optional(),
  ErrorCode: z.int().optional(),
  ErrorInfo: z.string().optional(),
});

/** Posts a message in JSON. Throws `TaskFailure` when it is refused, whatever the status. */
export async function sendIm(
  { properties, signal, mask }: Pick<TaskContext<ImProperties>, "properties" | "signal" | "mask">,
  message: string,
): Promise<void> {
  const { url, token, options } = properties;
  const { search } = addressOf(url);
  // The signature is one of the parameters.
  if (search.length > 1) mask(search);
  const how = postOptions(options);
  const told = await callApi(signal, {
    what: "Posting to Tencent IM",
    url,
    content: textBody(message, "application/json"),
    ...how,
    headers: { ...(token !== undefined && { Authorization: `Bearer ${token}` }), ...how.headers },
  });
  const { ActionStatus, ErrorCode = 0, ErrorInfo = "it gives no reason" } = answer.catch({}).parse(told);
  if (ActionStatus === "FAIL" || ErrorCode !== 0)
    throw new TaskFailure(
      `Tencent IM refused the message: ${ErrorInfo} (${ErrorCode}). Check the message, and the signature \`usersig\` in the address, which is good for a time.`,
    );
}
