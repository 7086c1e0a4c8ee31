import { anyMap, defineTask, maxDurationProperty, pollProperty, runRemotely, waitProperty } from "@capstan/sdk";
import { z } from "zod";
import { jobBuilds } from "./builds.ts";
import { jenkinsApi, jobProperties } from "./connection.ts";

/** Builds a job of Jenkins. */
export const jobBuild = defineTask({
  type: "io.kestra.plugin.jenkins.JobBuild",
  title: "Build a Jenkins job",
  description:
    "Puts a build into the queue, and with `wait` waits for its end: an unstable build ends the task with WARNING. A kill stops the " +
    "build, or takes it out of the queue. Jenkins has no handle to tell repeats by, except that it joins equal builds in its queue.",
  properties: () =>
    z.object({
      ...jobProperties(),
      parameters: anyMap()
        .optional()
        .describe("Parameters of the build. A job that takes some needs them: an empty map stands for its defaults."),
      wait: waitProperty(false),
      pollFrequency: pollProperty(5_000),
      maxDuration: maxDurationProperty(3_600_000),
    }),
  outputs: () =>
    z.object({
      status: z.int().describe("HTTP status of the answer to the start: 201."),
      queueId: z.int().optional().describe("Its id in the queue."),
      buildNumber: z.int().optional().describe("Its number, with `wait`."),
      result: z.string().optional().describe("SUCCESS or UNSTABLE, or how it failed, with `wait`."),
      url: z.string().optional().describe("Its page, with `wait`."),
    }),
  examples: [
    {
      title: "Build with parameters and wait for the end",
      code:
        "id: deploy\ntype: io.kestra.plugin.jenkins.JobBuild\nserverUrl: https://jenkins.example.com\nusername: capstan\n" +
        "apiToken: \"{{ secret('JENKINS_API_TOKEN') }}\"\njobName: team/deploy\nparameters:\n  environment: staging\nwait: true\n",
    },
  ],
  async run(context) {
    const { properties } = context;
    const builds = jobBuilds(jenkinsApi(properties, context.log), properties.jobName, properties.parameters);
    return runRemotely(context, builds, properties);
  },
});
