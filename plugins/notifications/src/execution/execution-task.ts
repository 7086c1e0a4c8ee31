import { anyMap, anyValue, defineTask, type TaskContext, type TaskDefinition, text } from "@capstan/sdk";
import { z } from "zod";
import { requestOptions } from "../request-options.ts";
import { postTelling, type Telling } from "../telling.ts";
import { type Report, reportOf } from "./report.ts";

/** A service that is told of executions. */
export interface ExecutionService<Shape extends z.ZodRawShape> {
  readonly type: string;
  readonly aliases: readonly string[];
  /** Its name in messages. */
  readonly name: string;
  readonly title: string;
  /** Properties of its own. */
  readonly properties: () => Shape;
  /** Those that the example needs, as lines of YAML. */
  readonly example: string;
  tell(report: Report, properties: z.output<z.ZodObject<Shape>>): Telling;
}

const withoutEffect = <Schema extends z.ZodType>(schema: Schema, description: string) =>
  schema
    .optional()
    .meta({ deprecated: true, description: `Accepted for compatibility, without effect: ${description}` });

const commonProperties = () => ({
  executionId: text().optional().describe("Id of the execution to tell of; by default this one."),
  customMessage: text().optional().describe("What to say besides, in words of one's own."),
  customFields: anyMap().optional().describe("Further names and values to show."),
  options: requestOptions(),
  payload: withoutEffect(anyValue(), "the message is made of the execution. Use `customMessage`."),
  templateUri: withoutEffect(text(), "each service has one form."),
  templateRenderMap: withoutEffect(anyMap(), "use `customFields`."),
});

type Common = z.output<z.ZodObject<ReturnType<typeof commonProperties>>>;

/** The task that tells such a service of an execution, by default of its own. */
export function executionTask<Shape extends z.ZodRawShape>(service: ExecutionService<Shape>): TaskDefinition {
  const { type, aliases, title, example } = service;
  return defineTask({
    type,
    aliases: [...aliases],
    title,
    description:
      "Tells of the state of an execution, how long it took, which task failed first and which ended last, with a link to it where the " +
      "server knows its own address. It is made for flows that a Flow trigger starts, and for `errors`.",
    properties: () => z.object({ ...service.properties(), ...commonProperties() }),
    examples: [
      {
        title: "Tell of an execution that another flow ended",
        code: `id: tell\ntype: ${type}\n${example}executionId: "{{ trigger.executionId }}"\n`,
      },
    ],
    run: async (context) => tell(service, context as unknown as TaskContext<z.output<z.ZodObject<Shape>> & Common>),
  });
}

async function tell<Shape extends z.ZodRawShape>(
  service: ExecutionService<Shape>,
  context: TaskContext<z.output<z.ZodObject<Shape>> & Common>,
): Promise<void> {
  const { properties } = context;
  const { executionId = context.identity.executionId } = properties;
  const execution = await context.services.executions.describe(executionId);
  const telling = service.tell(reportOf(execution, context.now(), properties), properties);
  await postTelling(context, service.name, telling, properties.options);
}
