import type { Outputs, TaskContext } from "@capstan/sdk";
import { addressOf, failedStatus, send } from "@capstan/sdk/http";
import { headersOf, type ServiceApi } from "../service-api.ts";

const ARTIFACTS = { runResults: "run_results.json", manifest: "manifest.json" };

/**
 * Keeps the files that dbt wrote in a run, of any size. A run that wrote none has none, and why a run failed is told also where its
 * files can't be had: then there is a warning.
 */
export async function keptArtifacts(
  { files, log }: Pick<TaskContext<unknown>, "files" | "log">,
  api: ServiceApi,
  runId: number,
  signal: AbortSignal,
): Promise<Outputs> {
  const kept: Record<string, string> = {};
  for (const [output, name] of Object.entries(ARTIFACTS)) {
    const url = addressOf(`${api.url}/runs/${runId}/artifacts/${name}`);
    const request = { method: "GET", url, headers: await headersOf(api, signal), body: undefined };
    const response = await send(request, api.options, signal);
    if (response.status < 400) {
      kept[output] = await files.put(name, response.body);
      continue;
    }
    const failure = await failedStatus(`Fetching ${name} of run ${runId} at ${api.name}`, response);
    if (response.status === 404) log.info(`Run ${runId} has no ${name}.`);
    else log.warn(failure.message);
  }
  return kept;
}
