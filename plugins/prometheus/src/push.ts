import { defineTask, dynamic, TaskFailure, text, textMap } from "@capstan/sdk";
import { addressBelow, addressOf, failedStatus, send, textBody } from "@capstan/sdk/http";
import { z } from "zod";
import { connectionOptions, credentials, requestOptions } from "./connection.ts";
import { EXPOSITION_TYPE, expositionOf } from "./exposition.ts";

const metric = () =>
  z.object({
    name: text().describe("Name of the metric: letters, digits, `_` and `:`."),
    value: text().describe("Its value, a number."),
    labels: textMap().optional().describe("Its labels beside `job` and `instance`."),
  });

/** Hands metrics of a job to a Pushgateway, which keeps them for Prometheus. */
export const push = defineTask({
  type: "io.kestra.plugin.prometheus.Push",
  title: "Push metrics to a Prometheus Pushgateway",
  description:
    "Metrics of the same name that were pushed for the same `job` and `instance` before are replaced; others stay. A gateway keeps what it " +
    "has until it is deleted there.",
  properties: () =>
    z.object({
      url: text()
        .default("http://localhost:9091")
        .describe("Address of the Pushgateway. Default: http://localhost:9091."),
      job: text().describe("The label `job` of all metrics."),
      instance: text().optional().describe("The label `instance` of all metrics."),
      metrics: dynamic(z.array(metric())).describe("What to push."),
      ...credentials(),
      options: requestOptions(),
    }),
  outputs: () =>
    z.object({
      status: z.string().describe("Always `success`: a refusal fails the task."),
      code: z.int().describe("Status of the gateway's answer."),
    }),
  examples: [
    {
      title: "Tell how a backup went",
      code:
        "id: told\ntype: io.kestra.plugin.prometheus.Push\nurl: http://pushgateway.example.com:9091\njob: backup\n" +
        'instance: orders\nmetrics:\n  - name: backup_last_success_timestamp_seconds\n    value: "{{ now() | timestamp }}"\n' +
        '  - name: backup_size_bytes\n    value: "{{ outputs.dump.size }}"\n    labels:\n      kind: full\n',
    },
  ],
  async run({ properties, signal, log, metric: count }) {
    const { url, job, instance = "", metrics, headers = {} } = properties;
    if (job === "")
      throw new TaskFailure("`job` is empty, but a Pushgateway keeps metrics by their job. Give it a name.");
    const group = `/metrics${labelPath("job", job)}${instance === "" ? "" : labelPath("instance", instance)}`;
    const request = {
      method: "POST",
      url: addressOf(addressBelow(url, group)),
      headers,
      body: textBody(expositionOf(metrics), EXPOSITION_TYPE),
    };
    const response = await send(request, connectionOptions(properties), signal);
    if (response.status >= 400) throw await failedStatus("Pushing to the Pushgateway", response);
    response.body.destroy();
    log.info(`Pushed ${metrics.length} ${metrics.length === 1 ? "metric" : "metrics"} for the job ${job}.`);
    count({ name: "records", type: "counter", value: metrics.length });
    return { status: "success", code: response.status };
  },
});

/** A label in the path of a group. What a path can't carry as it is, a gateway takes in Base64. */
function labelPath(label: string, value: string): string {
  const isPlain = !value.includes("/") && value !== "." && value !== "..";
  return isPlain
    ? `/${label}/${encodeURIComponent(value)}`
    : `/${label}@base64/${Buffer.from(value).toString("base64url")}`;
}
