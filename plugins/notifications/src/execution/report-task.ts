import { anyMap, anyValue, defineTask, type TaskContext, type TaskDefinition, text } from "@capstan/sdk";
import { z } from "zod";
import { type Report, reportOf } from "./report.ts";

/** A task that tells of executions, whatever the way. */
export interface ReportTask<Shape extends z.ZodRawShape> {
  readonly type: string;
  readonly aliases: readonly string[];
  readonly title: string;
  /** Properties of its own; one that all have may be another here. */
  readonly properties: () => Shape;
  /** Those that the example needs, as lines of YAML. */
  readonly example: string;
  send(report: Report, context: TaskContext<z.output<z.ZodObject<Shape>>>): Promise<void>;
}

const withoutEffect = <Schema extends z.ZodType>(schema: Schema, description: string) =>
  schema
    .optional()
    .meta({ deprecated: true, description: `Accepted for compatibility, without effect: ${description}` });

const commonProperties = () => ({
  executionId: text().optional().describe("Id of the execution to tell of; by default this one."),
  customMessage: text().optional().describe("What to say besides, in words of one's own."),
  customFields: anyMap().optional().describe("Further names and values to show."),
  payload: withoutEffect(anyValue(), "the message is made of the execution. Use `customMessage`."),
  templateUri: withoutEffect(text(), "each service has one form."),
  templateRenderMap: withoutEffect(anyMap(), "use `customFields`."),
});

type Common = z.output<z.ZodObject<ReturnType<typeof commonProperties>>>;

/** Makes the report of an execution, by default of the task's own, and has it sent. */
export function reportTask<Shape extends z.ZodRawShape>(task: ReportTask<Shape>): TaskDefinition {
  const { type, aliases, title, example } = task;
  return defineTask({
    type,
    aliases: [...aliases],
    title,
    description:
      "Tells of the state of an execution, how long it took, which task failed first and which ended last, with a link to it where the " +
      "server knows its own address. It is made for flows that a Flow trigger starts, and for `errors`.",
    properties: () => {
      const own = task.properties();
      // They come first for readers, and they count.
      return z.object({ ...own, ...commonProperties(), ...own });
    },
    examples: [
      {
        title: "Tell of an execution that another flow ended",
        code: `id: tell\ntype: ${type}\n${example}executionId: "{{ trigger.executionId }}"\n`,
      },
    ],
    async run(written) {
      const context = written as unknown as TaskContext<z.output<z.ZodObject<Shape>> & Common>;
      const { executionId = context.identity.executionId } = context.properties;
      const execution = await context.services.executions.describe(executionId);
      await task.send(reportOf(execution, context.now(), context.properties), context);
    },
  });
}
