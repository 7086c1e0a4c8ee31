import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { callApify, connection } from "./connection.ts";
import { actorPart } from "./run-tasks.ts";
import { runAnswer, runOutputs } from "./run.ts";

const TYPE = "io.kestra.plugin.apify.dataset.GetLastRun";

/** Tells of the last run of an actor. */
export const lastRun = defineTask({
  type: TYPE,
  title: "Look at the last run of an actor of Apify",
  description: "What Apify tells of the run is put out, under Apify's names.",
  properties: () =>
    z.object({
      ...connection(),
      actorId: text().describe("Id of the actor, or its owner and name such as apify/web-scraper."),
    }),
  outputs: runOutputs,
  examples: [
    {
      title: "How did it go?",
      code: `id: last\ntype: ${TYPE}\napiToken: "{{ secret('APIFY_TOKEN') }}"\nactorId: apify/website-content-crawler\n`,
    },
  ],
  async run(context) {
    const { actorId } = context.properties;
    const { data } = await callApify(context, {
      what: `Looking at the last run of the actor ${actorId}`,
      path: `/acts/${actorPart(actorId)}/runs/last`,
      answer: runAnswer(),
    });
    context.log.info(`The last run ${data.id} of the actor ${actorId} is ${data.status}.`);
    return data;
  },
});
