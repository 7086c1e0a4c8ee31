import { defineTask, dynamic } from "@capstan/sdk";
import { z } from "zod";
import {
  applicationApi,
  applicationOutputs,
  applicationProperties,
  outputsOf,
  seenApplication,
} from "./application.ts";

/** Tells of an application of Argo CD. */
export const status = defineTask({
  type: "io.kestra.plugin.argocd.apps.Status",
  title: "Tell of an Argo CD application",
  description: "Asks the REST API of Argo CD: neither its command line tool nor a container is needed.",
  properties: () =>
    z.object({
      ...applicationProperties(),
      refresh: dynamic(z.boolean())
        .default(false)
        .describe("Whether Argo CD compares the application with its source before. Default: false."),
    }),
  outputs: () =>
    z.object({
      ...applicationOutputs(),
      conditions: z.array(z.record(z.string(), z.unknown())).describe("What is wrong with the application."),
    }),
  examples: [
    {
      title: "Is the application healthy?",
      code:
        "id: status\ntype: io.kestra.plugin.argocd.apps.Status\nserver: argocd.example.com\n" +
        "token: \"{{ secret('ARGOCD_TOKEN') }}\"\napplication: shop\n",
    },
  ],
  async run({ properties, log, signal }) {
    const { application, refresh } = properties;
    const seen = await seenApplication(
      applicationApi(properties, log),
      application,
      signal,
      refresh ? "normal" : undefined,
    );
    const { sync, health, conditions } = seen.status ?? {};
    log.info(`${application} is ${sync?.status ?? "Unknown"} and ${health?.status ?? "Unknown"}.`);
    return { ...outputsOf(seen, log), conditions: conditions ?? [] };
  },
});
