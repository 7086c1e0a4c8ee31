import { type LocalServer, startServer } from "@capstan/sdk/test-kit";
import { z } from "zod";

const table = z.strictObject({ projectId: z.string(), datasetId: z.string(), tableId: z.string() });
const int64 = z.string().regex(/^-?\d+$/);
const field: z.ZodType = z.lazy(() =>
  z.strictObject({
    name: z.string(),
    type: z.string(),
    mode: z.enum(["NULLABLE", "REQUIRED", "REPEATED"]).optional(),
    description: z.string().optional(),
    fields: z.array(field).optional(),
  }),
);
const writing = {
  writeDisposition: z.string().optional(),
  createDisposition: z.string().optional(),
  schemaUpdateOptions: z.array(z.string()).optional(),
  clustering: z.strictObject({ fields: z.array(z.string()) }).optional(),
  timePartitioning: z.strictObject({ type: z.string(), field: z.string() }).optional(),
};

/** `Job` as the API's reference documents it, as far as this plugin may write it: any other field, or another type, is refused. */
const jobRequest = z.strictObject({
  jobReference: z.strictObject({
    projectId: z.string(),
    jobId: z.string().regex(/^[\w-]{1,1024}$/),
    location: z.string().optional(),
  }),
  configuration: z.strictObject({
    labels: z.record(z.string(), z.string()).optional(),
    jobTimeoutMs: int64.optional(),
    dryRun: z.boolean().optional(),
    query: z
      .strictObject({
        ...writing,
        query: z.string(),
        useLegacySql: z.boolean(),
        destinationTable: table.optional(),
        defaultDataset: z.strictObject({ projectId: z.string(), datasetId: z.string() }).optional(),
        priority: z.string().optional(),
        useQueryCache: z.boolean().optional(),
        allowLargeResults: z.boolean().optional(),
        flattenResults: z.boolean().optional(),
        maximumBytesBilled: int64.optional(),
        maximumBillingTier: z.int().optional(),
        rangePartitioning: z
          .strictObject({ field: z.string(), range: z.strictObject({ start: int64, end: int64, interval: int64 }) })
          .optional(),
      })
      .optional(),
    load: z
      .strictObject({
        ...writing,
        destinationTable: table,
        sourceFormat: z.enum(["CSV", "NEWLINE_DELIMITED_JSON", "AVRO", "PARQUET", "ORC"]),
        sourceUris: z.array(z.string().startsWith("gs://")).optional(),
        schema: z.strictObject({ fields: z.array(field) }).optional(),
        autodetect: z.boolean().optional(),
        ignoreUnknownValues: z.boolean().optional(),
        maxBadRecords: z.int().optional(),
        allowJaggedRows: z.boolean().optional(),
        allowQuotedNewlines: z.boolean().optional(),
        encoding: z.string().optional(),
        fieldDelimiter: z.string().optional(),
        quote: z.string().optional(),
        skipLeadingRows: z.int().optional(),
        useAvroLogicalTypes: z.boolean().optional(),
      })
      .optional(),
  }),
});
export type JobRequest = z.output<typeof jobRequest>;

/** Where jobs run: they are found with it alone, as those of most regions are. */
const REGION = "europe-west1";

export interface JobFailure {
  readonly reason: string;
  readonly message: string;
}

export interface Script {
  /** What becomes of each job, in their order; a job beyond them succeeds. `never` runs until it is cancelled. */
  readonly ends?: readonly (JobFailure | "success" | "never")[];
  /** Requests, by their number from 1, that are answered with status 503. */
  readonly busy?: readonly number[];
  /** Pages of `getQueryResults`. */
  readonly pages?: readonly object[];
  readonly statistics?: object;
}

/** What stands for BigQuery, and what it was asked. */
export interface BigQueryStandIn extends AsyncDisposable {
  readonly endpoint: string;
  readonly jobs: readonly JobRequest[];
  /** Contents of loads. */
  readonly contents: readonly string[];
  readonly cancelled: readonly string[];
  readonly received: LocalServer["received"];
  /** Settles when the end of a job is waited for. */
  readonly awaited: Promise<void>;
}

export async function startBigQuery(script: Script = {}): Promise<BigQueryStandIn> {
  const jobs: JobRequest[] = [];
  const contents: string[] = [];
  const cancelled: string[] = [];
  const waiting: unknown[] = [];
  const first = Promise.withResolvers<void>();
  const asks = new Map<string, number>();

  const jobAnswer = (job: JobRequest) => {
    const { jobId } = job.jobReference;
    const end = script.ends?.[jobs.indexOf(job)] ?? "success";
    const count = (asks.get(jobId) ?? 0) + 1;
    asks.set(jobId, count);
    const isDone = job.configuration.dryRun === true || (end !== "never" && count > 1);
    const error = typeof end === "object" ? { errorResult: end, errors: [end] } : {};
    return {
      jobReference: { ...job.jobReference, location: REGION },
      configuration: job.configuration,
      status: isDone ? { state: "DONE", ...error } : { state: "RUNNING" },
      statistics: script.statistics ?? {},
    };
  };
  const insert = (body: unknown, answer: Answer) => {
    const parsed = jobRequest.safeParse(body);
    if (!parsed.success) return answer(400, failure("invalid", z.prettifyError(parsed.error)));
    const known = jobs.some(({ jobReference }) => jobReference.jobId === parsed.data.jobReference.jobId);
    const { jobId } = parsed.data.jobReference;
    if (known) return answer(409, failure("duplicate", `Already Exists: Job sales:${REGION}.${jobId}`));
    jobs.push(parsed.data);
    return answer(200, jobAnswer(parsed.data));
  };

  const server = await startServer((request, response) => {
    const answer: Answer = (status, body, headers = {}) =>
      void response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));
    const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
    const text = server.received.at(-1)!.body;
    const isBusy = script.busy?.includes(server.received.length) === true;
    // What it does all the same, its answer does not tell.
    if (isBusy && request.method === "POST") insert(JSON.parse(text), () => undefined);
    if (isBusy) return answer(503, failure("backendError", "Error encountered during execution."));
    const route = `${request.method} ${pathname}`;
    if (route === "POST /bigquery/v2/projects/sales/jobs") return insert(JSON.parse(text), answer);
    if (route === "POST /upload/bigquery/v2/projects/sales/jobs") {
      waiting.push(JSON.parse(text));
      return answer(200, undefined, { Location: `${server.url}/session/${waiting.length - 1}` });
    }
    const session = /^PUT \/session\/(\d+)$/.exec(route)?.[1];
    if (session !== undefined) {
      contents.push(text);
      return insert(waiting[Number(session)], answer);
    }
    const [, id, cancel] = /\/projects\/sales\/jobs\/([\w-]+)(\/cancel)?$/.exec(pathname) ?? [];
    const job = jobs.find(({ jobReference }) => jobReference.jobId === id);
    if (id !== undefined && job === undefined) return answer(404, failure("notFound", "Not found: Job"));
    if (job !== undefined && searchParams.get("location") !== REGION)
      return answer(404, failure("notFound", "Not found: Job, in the location US"));
    if (job !== undefined && cancel !== undefined) {
      cancelled.push(id!);
      return answer(200, {});
    }
    if (job !== undefined) {
      first.resolve();
      return answer(200, jobAnswer(job));
    }
    if (/^GET .*\/projects\/sales\/queries\/[\w-]+$/.test(route))
      return answer(200, { jobComplete: true, ...script.pages?.[Number(searchParams.get("pageToken") ?? 0)] });
    return answer(404, failure("notFound", `The stand-in has no ${route}`));
  });
  const { received } = server;
  const facts = { jobs, contents, cancelled, received, awaited: first.promise };
  return { endpoint: server.url, ...facts, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

type Answer = (status: number, body: unknown, headers?: Record<string, string>) => void;

function failure(reason: string, message: string) {
  return { error: { message, errors: [{ reason }] } };
}
