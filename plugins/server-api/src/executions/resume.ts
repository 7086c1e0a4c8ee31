import { anyMap, defineTask, text } from "@capstan/sdk";
import { given, type RequestBody, textBody } from "@capstan/sdk/http";
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { actOn, connection, openApi } from "../connection.ts";

const TYPE = "io.kestra.plugin.kestra.executions.Resume";

/** Resumes an execution that is paused. */
export const resume = defineTask({
  type: TYPE,
  title: "Resume a paused execution of a server",
  properties: () =>
    z.object({
      ...connection(),
      executionId: text()
        .optional()
        .describe("Id of the paused execution. Default: the execution that the task runs in."),
      inputs: anyMap().optional().describe("Values for what the pause asks for: lists and maps are sent as JSON."),
    }),
  outputs: () => z.object({}),
  examples: [
    {
      title: "Approve what another execution waits for",
      code:
        `id: approve\ntype: ${TYPE}\nexecutionId: "{{ trigger.executionId }}"\ninputs:\n  approved: true\n  comment: checked by a flow\n` +
        "auth:\n  apiToken: \"{{ secret('API_TOKEN') }}\"\n",
    },
  ],
  async run(context) {
    const { inputs = {} } = context.properties;
    const executionId = given(context.properties.executionId) ?? context.identity.executionId;
    const api = await openApi(context, context.identity.tenant);
    const content = form(inputs);
    await actOn(api, {
      what: `Resuming the execution ${executionId}`,
      executionId,
      verb: "resume",
      method: "POST",
      answer: z.unknown(),
      ...(content !== undefined && { content }),
    });
    context.log.info(`Resumed the execution ${executionId}.`);
  },
});

/**
 * One part for each input; undefined without any. By hand, because `FormData` writes every end of a line as CR LF: a text would come
 * changed.
 */
function form(inputs: Readonly<Record<string, unknown>>): RequestBody | undefined {
  const given = Object.entries(inputs).filter(([, value]) => value !== undefined && value !== null);
  if (given.length === 0) return undefined;
  const boundary = `capstan-${randomUUID()}`;
  const parts = given.map(([name, value]) => {
    const content = typeof value === "string" ? value : JSON.stringify(value);
    return `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(name)}"\r\n\r\n${content}\r\n`;
  });
  return textBody(`${parts.join("")}--${boundary}--\r\n`, `multipart/form-data; boundary=${boundary}`);
}

/** As browsers write names in forms. */
function escaped(name: string): string {
  return name.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
