import { secret, type TaskLogger, text } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { basicAuth, connectionOptions, requestOptions } from "../request-options.ts";
import type { ServiceApi } from "../service-api.ts";

/** Which job of which server, and who asks. */
export const jobProperties = () => ({
  serverUrl: text().describe("Address of Jenkins, such as https://jenkins.example.com."),
  username: text().optional().describe("Name of the user."),
  apiToken: secret()
    .optional()
    .describe("API token of the user. A password doesn't do where Jenkins asks for crumbs, as it does by default."),
  jobName: text().describe("Name of the job; below folders with their names before it: `team/deploy`."),
  options: requestOptions(),
});

type Properties = z.output<z.ZodObject<ReturnType<typeof jobProperties>>>;

export function jenkinsApi({ serverUrl, username, apiToken, options }: Properties, log: TaskLogger): ServiceApi {
  return {
    name: "Jenkins",
    url: serverUrl,
    log,
    furtherHeaders: options?.headers,
    options: connectionOptions(options, basicAuth(username, apiToken)),
  };
}

/** The path of a job, which may be in folders. */
export function jobPath(jobName: string): string {
  return jobName
    .split("/")
    .filter((part) => part !== "")
    .map((part) => `/job/${pathPart("jobName", part)}`)
    .join("");
}
