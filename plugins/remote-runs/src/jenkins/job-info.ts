import { defineTask, dynamic } from "@capstan/sdk";
import { z } from "zod";
import { ask } from "../service-api.ts";
import { jenkinsApi, jobPath, jobProperties } from "./connection.ts";

/** Tells of one build of a job. */
export const jobInfo = defineTask({
  type: "io.kestra.plugin.jenkins.JobInfo",
  title: "Tell of a Jenkins build",
  properties: () => z.object({ ...jobProperties(), buildNumber: dynamic(z.int()).describe("Number of the build.") }),
  outputs: () =>
    z.object({
      info: z
        .record(z.string(), z.unknown())
        .describe("The build as Jenkins tells it: `result`, `building`, `duration`, `url` …"),
    }),
  examples: [
    {
      title: "How did build 42 end?",
      code:
        "id: info\ntype: io.kestra.plugin.jenkins.JobInfo\nserverUrl: https://jenkins.example.com\nusername: capstan\n" +
        "apiToken: \"{{ secret('JENKINS_API_TOKEN') }}\"\njobName: team/deploy\nbuildNumber: 42\n",
    },
  ],
  async run({ properties, log, signal }) {
    const { jobName, buildNumber } = properties;
    const info = await ask(jenkinsApi(properties, log), signal, {
      what: `The status of build ${buildNumber} of ${jobName}`,
      path: `${jobPath(jobName)}/${buildNumber}/api/json`,
      answer: () => z.record(z.string(), z.unknown()),
      isRepeatable: true,
    });
    return { info };
  },
});
