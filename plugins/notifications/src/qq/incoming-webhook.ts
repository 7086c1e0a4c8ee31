import { defineTask, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { jsonOf, payload } from "../payload.ts";
import { imProperties, sendIm } from "./tencent-im.ts";

const TYPE = "io.kestra.plugin.tencent.qq.QQIncomingWebhook";

/** Posts a message to QQ. */
export const qqIncomingWebhook = defineTask({
  type: TYPE,
  title: "Post a message to QQ, through Tencent Cloud IM",
  properties: () =>
    z.object({ ...imProperties(), payload: payload("The message, as the JSON that Tencent Cloud IM takes.") }),
  examples: [
    {
      title: "Tell that a flow is done",
      code:
        `id: tell\ntype: ${TYPE}\nurl: "{{ secret('TENCENT_IM_URL') }}"\npayload:\n  To_Account: ops\n  MsgRandom: 7\n` +
        '  MsgBody:\n    - MsgType: TIMTextElem\n      MsgContent: { Text: "{{ flow.id }} is done" }\n',
    },
  ],
  async run(context) {
    const written = context.properties.payload;
    if (written === undefined)
      throw new TaskFailure("There is no message: give `payload`, the JSON that Tencent Cloud IM takes.");
    await sendIm(context, jsonOf(written));
  },
});
