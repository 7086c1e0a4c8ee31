import { anyMap, defineTask, dynamic, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { type ApifyConnection, callApify, connection } from "./connection.ts";
import { runAnswer, runOutputs } from "./run.ts";

/** Of one request, as Apify takes it. */
const WAIT_SECONDS_MAX = 60;
const MEGABYTES = [128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768];

const runProperties = () => ({
  ...connection(),
  input: anyMap().optional().describe("The input. Default: the one that is set up at Apify."),
  requestTimeout: dynamic(z.number().nonnegative())
    .optional()
    .describe("Seconds that the run may take. Default: as set up at Apify."),
  memory: dynamic(z.string().transform((name, context) => megabytesOf(name, context)))
    .optional()
    .describe(`Memory of the run, from MB_128 to MB_32768 by doubling. Default: as set up at Apify.`),
  maxItems: dynamic(z.int().positive()).optional().describe("How many results are paid for at most."),
  maxTotalChargeUsd: dynamic(z.number().positive()).optional().describe("What the run may cost at most, in dollars."),
  build: text().optional().describe("Number or tag of the build, such as `latest`."),
  waitForFinish: dynamic(z.int().min(0).max(WAIT_SECONDS_MAX))
    .optional()
    .describe(`Seconds that Apify waits for the end of the run, ${WAIT_SECONDS_MAX} at most. Default: it doesn't.`),
  webhooks: text().optional().describe("Webhooks of the run: a list of them as JSON, in base64."),
});

type RunProperties = z.output<z.ZodObject<ReturnType<typeof runProperties>>>;

function megabytesOf(name: string, context: z.RefinementCtx): number {
  const megabytes = Number(/^MB_(\d+)$/.exec(name)?.[1]);
  if (MEGABYTES.includes(megabytes)) return megabytes;
  context.addIssue({ code: "custom", message: `Expected MB_ and one of ${MEGABYTES.join(", ")}` });
  return z.NEVER;
}

const DESCRIPTION =
  "The task ends when the run has begun, or with `waitForFinish` a little later; `dataset.Get` waits for its first results. What Apify tells of the " +
  "run is put out, under Apify's names.";

/** Starts an actor. */
export const actorRun = defineTask({
  type: "io.kestra.plugin.apify.actor.Run",
  title: "Run an actor of Apify",
  description: DESCRIPTION,
  properties: () =>
    z.object({
      ...runProperties(),
      actorId: text().describe("Id of the actor, or its owner and name such as apify/web-scraper."),
    }),
  outputs: runOutputs,
  examples: [
    {
      title: "Look at a website, for two dollars at most",
      code:
        "id: crawl\ntype: io.kestra.plugin.apify.actor.Run\napiToken: \"{{ secret('APIFY_TOKEN') }}\"\nactorId: apify/website-content-crawler\n" +
        "maxTotalChargeUsd: 2\nmemory: MB_1024\ninput:\n  startUrls: [{ url: https://example.com }]\n",
    },
  ],
  run: (context) =>
    start(context, `actor ${context.properties.actorId}`, `/acts/${actorPart(context.properties.actorId)}/runs`),
});

/** Starts a task, which is an actor with an input that is kept. */
export const taskRun = defineTask({
  type: "io.kestra.plugin.apify.task.Run",
  title: "Run a task of Apify",
  description: DESCRIPTION,
  properties: () =>
    z.object({
      ...runProperties(),
      taskId: text().describe("Id of the task, or its owner and name such as acme/prices."),
    }),
  outputs: runOutputs,
  examples: [
    {
      title: "Run what was set up",
      code: "id: prices\ntype: io.kestra.plugin.apify.task.Run\napiToken: \"{{ secret('APIFY_TOKEN') }}\"\ntaskId: acme/prices\nwaitForFinish: 60\n",
    },
  ],
  run: (context) =>
    start(
      context,
      `task ${context.properties.taskId}`,
      `/actor-tasks/${actorPart(context.properties.taskId, "taskId")}/runs`,
    ),
});

/** Owner and name are joined by a tilde in paths. */
export function actorPart(written: string, property = "actorId"): string {
  return pathPart(property, written.trim().replace("/", "~"));
}

async function start(
  context: Pick<TaskContext<RunProperties & ApifyConnection>, "properties" | "signal" | "log">,
  what: string,
  path: string,
) {
  const { properties } = context;
  const { input, requestTimeout, memory, maxItems, maxTotalChargeUsd, build, waitForFinish, webhooks } = properties;
  if (webhooks !== undefined && !isListInBase64(webhooks))
    throw new TaskFailure("`webhooks` is no list as JSON in base64, which Apify takes there.");
  const written = { timeout: requestTimeout, memory, maxItems, maxTotalChargeUsd, build, waitForFinish, webhooks };
  const params = Object.entries(written).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  const { data } = await callApify(context, {
    what: `Running the ${what}`,
    method: "POST",
    path,
    params: Object.fromEntries(params) as Record<string, string>,
    ...(input !== undefined && { body: input }),
    answer: runAnswer(),
  });
  context.log.info(`The run ${data.id} of the ${what} is ${data.status}.`);
  return data;
}

function isListInBase64(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(Buffer.from(text, "base64").toString("utf8")));
  } catch {
    return false; // It is said by whoever asks.
  }
}
