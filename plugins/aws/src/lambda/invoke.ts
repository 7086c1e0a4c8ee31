import type { InvokeCommandOutput } from "@aws-sdk/client-lambda";
import { anyMap, defineTask, TaskFailure, type TaskLogger, text } from "@capstan/sdk";
import { z } from "zod";
import { told } from "../aws-failure.ts";
import { openService, serviceProperties } from "../service.ts";

/** As long as a function may run, and the way back: until then it answers nothing. */
const ANSWER_MS_MAX = 910_000;

/** Calls a function and waits for its answer. */
export const invoke = defineTask({
  type: "io.kestra.plugin.aws.lambda.Invoke",
  title: "Call a function of Lambda",
  description:
    "Waits for the answer, a quarter of an hour at most, and stores it as a file. The function is called once, whatever happens: a flow says with `retry` whether it may be called again. A function that throws fails the task with what it threw. The end of what it logged goes to the log of the execution.",
  properties: () =>
    z.object({
      ...serviceProperties(),
      functionArn: text().describe(
        "ARN or name of the function, with a version or an alias where wanted. An ARN says the region, if `region` does not.",
      ),
      functionPayload: anyMap().optional().describe("What the function is called with. Default: nothing."),
    }),
  outputs: () =>
    z.object({
      uri: z.string().describe("The file of the answer."),
      contentLength: z.int().describe("Its bytes."),
      contentType: z.string().describe("Always `application/json`, which is all that Lambda answers."),
    }),
  examples: [
    {
      title: "Call a function with an order",
      code: 'id: price\ntype: io.kestra.plugin.aws.lambda.Invoke\nfunctionArn: arn:aws:lambda:eu-central-1:123456789012:function:price\nfunctionPayload:\n  order: "{{ inputs.order }}"\n',
    },
  ],
  async run(context) {
    const { properties, files, metric, log } = context;
    const { functionArn, functionPayload } = properties;
    using lambda = await openService(
      context,
      async ({ requestHandler, ...settings }) =>
        new (await import("@aws-sdk/client-lambda")).Lambda({
          ...settings,
          requestHandler: { ...requestHandler, socketTimeout: ANSWER_MS_MAX },
          maxAttempts: 1,
        }),
      functionArn,
    );
    const answer = await told(
      `Calling the function ${functionArn}`,
      lambda.client.invoke(
        {
          FunctionName: functionArn,
          LogType: "Tail",
          ...(functionPayload !== undefined && { Payload: Buffer.from(JSON.stringify(functionPayload)) }),
        },
        lambda.ending,
      ),
    );
    tellLog(log, answer.LogResult);
    const bytes = answer.Payload ?? new Uint8Array();
    if (answer.FunctionError !== undefined) throw functionFailure(functionArn, answer, bytes);
    const uri = await files.put("answer.json", bytes);
    metric({ name: "file.size", type: "counter", value: bytes.length });
    log.info(`${functionArn} answered ${bytes.length} bytes, stored as ${uri}`);
    return { uri, contentLength: bytes.length, contentType: "application/json" };
  },
});

/** The last 4 KiB of what the function logged, in base64. */
function tellLog(log: TaskLogger, tail: string | undefined): void {
  const text = Buffer.from(tail ?? "", "base64")
    .toString("utf8")
    .trim();
  if (text !== "") for (const line of text.split("\n")) log.info(line);
}

const thrown = z.object({ errorMessage: z.string(), errorType: z.string().optional() });

function functionFailure(functionArn: string, answer: InvokeCommandOutput, bytes: Uint8Array): TaskFailure {
  const text = Buffer.from(bytes).toString("utf8");
  const { errorMessage, errorType = answer.FunctionError } = thrownIn(text) ?? { errorMessage: text };
  return new TaskFailure(
    `The function ${functionArn} failed: ${errorMessage.trim().replace(/\.$/, "")} (${errorType}). What it logged is in the log above, and whole in CloudWatch.`,
  );
}

function thrownIn(text: string): z.output<typeof thrown> | undefined {
  try {
    return thrown.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // Whatever it is, it is shown as it is.
  }
}
