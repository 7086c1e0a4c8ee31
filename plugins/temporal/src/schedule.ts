import { defineTask, dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { ANSWER_MS_MAX, connectionProperties, connectTemporal } from "./connection.ts";
import { isAlreadyThere } from "./failure.ts";
import { argumentsProperty } from "./payloads.ts";
import { durationOf, workflowOf } from "./workflow-start.ts";

/** Puts a workflow on a schedule of Temporal. */
export const schedule = defineTask({
  type: "io.kestra.plugin.temporal.workflow.Schedule",
  title: "Put a Temporal workflow on a schedule",
  description:
    "Makes a schedule, by which Temporal itself starts the workflow. A time at which the workflow still runs is skipped. What starts flows " +
    "here by the clock is the trigger `Schedule`.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      scheduleId: text().describe("Id of the schedule. The workflows have it in theirs, with the time behind it."),
      cron: text()
        .optional()
        .describe('When, as a cron expression in UTC; with a time zone: "CRON_TZ=Europe/Berlin 0 9 * * *".'),
      intervalSeconds: dynamic(z.int().positive())
        .optional()
        .describe("In place of `cron`: how many seconds are between two starts, counted from 1970."),
      workflowType: text().describe("Type of the workflow, as its worker registers it."),
      taskQueue: text().describe("Task queue that its workers ask."),
      args: argumentsProperty("workflow"),
      overwrite: dynamic(z.boolean())
        .default(false)
        .describe(
          "Whether a schedule that is there already becomes this one; otherwise the task fails. Default: false.",
        ),
    }),
  outputs: () => z.object({ scheduleId: z.string().describe("Id of the schedule.") }),
  examples: [
    {
      title: "Close the books every night",
      code:
        "id: nightly\ntype: io.kestra.plugin.temporal.workflow.Schedule\nendpoint: temporal.example.com:7233\nscheduleId: close-books\n" +
        'cron: "CRON_TZ=Europe/Berlin 0 2 * * *"\nworkflowType: CloseTheDay\ntaskQueue: accounting\noverwrite: true\n',
    },
  ],
  async run(context) {
    const { scheduleId, workflowType, taskQueue, args, overwrite } = context.properties;
    const spec = specOf(context.properties);
    await using temporal = await connectTemporal(context);
    const { namespace, identity } = temporal;
    const request = {
      namespace,
      identity,
      requestId: context.identity.attemptKey,
      scheduleId,
      schedule: {
        spec,
        action: { startWorkflow: { workflowId: scheduleId, ...workflowOf(workflowType, taskQueue, args) } },
      },
    };
    const what = `The schedule ${scheduleId}`;
    try {
      await temporal.ask(context.signal, what, (service) => service.createSchedule(request), ANSWER_MS_MAX);
    } catch (error) {
      if (!isAlreadyThere(error)) throw error;
      if (!overwrite)
        throw new TaskFailure(
          `There is a schedule ${scheduleId} already. Choose another \`scheduleId\`, or replace it with \`overwrite\`.`,
          { cause: error },
        );
      await temporal.ask(context.signal, what, (service) => service.updateSchedule(request), ANSWER_MS_MAX);
    }
    context.log.info(`${workflowType} is on the schedule ${scheduleId}.`);
    return { scheduleId };
  },
});

interface Times {
  readonly cron?: string | undefined;
  readonly intervalSeconds?: number | undefined;
}

function specOf({ cron = "", intervalSeconds }: Times) {
  const isCron = cron.trim() !== "";
  if (isCron === (intervalSeconds !== undefined))
    throw new TaskFailure("A schedule needs either `cron` or `intervalSeconds`, and not both.");
  if (isCron) return { cronString: [cron] };
  return { interval: [{ interval: durationOf(intervalSeconds! * 1_000) }] };
}
