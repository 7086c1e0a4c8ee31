import {
  deliverRows,
  type ExecutionFiles,
  fetchType,
  type FetchType,
  type Outputs,
  TaskFailure,
  type TaskLogger,
  text,
} from "@capstan/sdk";
import { addressBelow, callApi, type ExchangeOptions } from "@capstan/sdk/http";
import { z } from "zod";
import { type QueryAnswer, type Sample, sampleOutput, samplesOf } from "./samples.ts";

const FILE = "metrics.ion";

export const queryProperties = () => ({
  query: text().describe('What to ask, in PromQL, such as `up{job="api"} == 0`.'),
  time: text().optional().describe("For which time: RFC 3339, or epoch seconds. Default: now."),
  fetchType: fetchType("NONE").describe(
    "What becomes of the samples: FETCH (the output `metrics`, a mebibyte at most), FETCH_ONE (the first one as the output `metric`), " +
      "STORE (a file of JSON lines) or NONE (they are only counted). Default: NONE.",
  ),
});

export const queryOutputs = () =>
  z.object({
    total: z.int().describe("How many samples the query gave."),
    size: z.int().describe("How many of them are in the outputs or the file; all with NONE."),
    resultType: z.string().describe("vector, matrix, scalar or string."),
    metrics: z.array(sampleOutput()).optional().describe("All samples, with fetchType FETCH."),
    metric: sampleOutput().optional().describe("The first sample, with fetchType FETCH_ONE."),
    uri: z.string().optional().describe("The file of all samples, one a line, with fetchType STORE."),
  });

export interface InstantQuery {
  readonly url: string;
  readonly query: string;
  readonly time?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface QueryResult {
  readonly resultType: string;
  readonly samples: readonly Sample[];
}

/**
 * Asks Prometheus, or a service that speaks as it does. What it warns of (as Thanos does of stores that are away) is logged. Throws
 * `TaskFailure` when it refuses, with its reason, and as `callApi` does.
 */
export async function askPrometheus(
  { signal, log }: { readonly signal: AbortSignal; readonly log: TaskLogger },
  { url, query, time = "", headers = {} }: InstantQuery,
  options: ExchangeOptions,
): Promise<QueryResult> {
  const address = addressBelow(url, "/api/v1/query");
  const params = { query, ...(time !== "" && { time }) };
  const answer = await callApi(signal, { what: "The query of Prometheus", url: address, params, headers, options });
  if (!isQueryAnswer(answer))
    throw new TaskFailure(
      `The query was answered with what Prometheus doesn't answer. Check that \`url\` is its address.`,
    );
  for (const warning of answer.warnings ?? []) log.warn(`Prometheus warns: ${warning}`);
  return { resultType: answer.data.resultType, samples: samplesOf(answer.data) };
}

/** Makes outputs of the samples, as `how` says. */
export async function deliverSamples(
  { resultType, samples }: QueryResult,
  how: FetchType,
  files: Pick<ExecutionFiles, "put">,
): Promise<Outputs> {
  const { row: metric, rows: metrics, uri, size } = await deliverRows(eachOf(samples), how, files, FILE);
  return {
    total: samples.length,
    size,
    resultType,
    ...(metrics !== undefined && { metrics }),
    ...(metric !== undefined && { metric }),
    ...(uri !== undefined && { uri }),
  };
}

async function* eachOf(samples: readonly Sample[]) {
  yield* samples;
}

function isQueryAnswer(answer: unknown): answer is QueryAnswer {
  const { data } = (answer ?? {}) as Partial<QueryAnswer>;
  return typeof data?.resultType === "string" && Array.isArray(data.result);
}
