import type { TaskContext, TaskDefinition } from "@capstan/sdk";
import { z } from "zod";
import { requestOptions } from "../request-options.ts";
import { postTelling, type Telling } from "../telling.ts";
import type { Report } from "./report.ts";
import { type ReportTask, reportTask } from "./report-task.ts";

/** A service that is told of executions over HTTP. */
export interface ExecutionService<Shape extends z.ZodRawShape> extends Omit<ReportTask<Shape>, "send"> {
  /** Its name in messages. */
  readonly name: string;
  readonly tell: (report: Report, properties: z.output<z.ZodObject<Shape>>) => Telling;
}

const connection = () => ({ options: requestOptions() });

type Options = z.output<z.ZodObject<ReturnType<typeof connection>>>;

/** The task that tells such a service of an execution. */
export function executionTask<Shape extends z.ZodRawShape>({
  name,
  properties,
  tell,
  ...task
}: ExecutionService<Shape>): TaskDefinition {
  return reportTask({
    ...task,
    properties: () => ({ ...properties(), ...connection() }),
    send: async (report, written) => {
      const context = written as unknown as TaskContext<z.output<z.ZodObject<Shape>> & Options>;
      await postTelling(context, name, tell(report, context.properties), context.properties.options);
    },
  });
}
