import { randomInt } from "node:crypto";
import { listOrText, TaskFailure } from "@capstan/sdk";
import { linesOf } from "../execution/report.ts";
import { reportTask } from "../execution/report-task.ts";
import { jsonOf, payload } from "../payload.ts";
import { imProperties, sendIm } from "./tencent-im.ts";

/** Tells people at QQ of an execution, one after the other. */
export const qqExecution = reportTask({
  type: "io.kestra.plugin.tencent.qq.QQExecution",
  aliases: [],
  title: "Tell people at QQ of an execution",
  properties: () => ({
    ...imProperties(),
    recipientIds: listOrText().optional().describe("Accounts that are told."),
    payload: payload(
      "The whole message, as the JSON that Tencent Cloud IM takes, in place of what is told by default. Not looked at with `recipientIds`.",
    ),
  }),
  example: `url: "{{ secret('TENCENT_IM_URL') }}"\nrecipientIds: [ops]\n`,
  async send(report, context) {
    const { recipientIds = [], payload: written } = context.properties;
    if (recipientIds.length > 0) {
      const Text = [report.title, ...linesOf(report)].join("\n");
      for (const To_Account of recipientIds) {
        const MsgBody = [{ MsgType: "TIMTextElem", MsgContent: { Text } }];
        await sendIm(context, JSON.stringify({ To_Account, MsgRandom: randomInt(2 ** 32), MsgBody }));
      }
      return;
    }
    if (written === undefined)
      throw new TaskFailure("Nobody is told: give `recipientIds`, or the whole message as `payload`.");
    await sendIm(context, jsonOf(written));
  },
});
