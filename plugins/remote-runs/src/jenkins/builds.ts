import { type RunEnds, type RemoteService, type RunSighting, TaskFailure } from "@capstan/sdk";
import { addressBelow, addressOf, failedStatus, send, textBody } from "@capstan/sdk/http";
import { z } from "zod";
import { ask, headersOf, type ServiceApi } from "../service-api.ts";
import { jobPath } from "./connection.ts";

const ENDS: RunEnds = {
  SUCCESS: "SUCCESS",
  UNSTABLE: "WARNING",
  FAILURE: "FAILED",
  NOT_BUILT: "FAILED",
  ABORTED: "FAILED",
  CANCELLED: "FAILED",
};

/** A build: first an item of the queue, then with a number. */
export interface Build {
  readonly status: number;
  /** Undefined with a Jenkins (or a proxy before it) that doesn't tell: such a build can't be followed. */
  readonly queueId: number | undefined;
  /** Once it has left the queue. */
  number?: number;
}

const queueAnswer = () =>
  z.object({
    cancelled: z.boolean().optional(),
    why: z.string().nullish(),
    executable: z.object({ number: z.int() }).nullish(),
  });

const buildAnswer = () => z.object({ building: z.boolean(), result: z.string().nullish(), url: z.string().optional() });

/** How builds of a job are followed. */
export function jobBuilds(
  api: ServiceApi,
  jobName: string,
  parameters: Readonly<Record<string, unknown>> | undefined,
): RemoteService<Build> {
  const path = jobPath(jobName);
  const named = ({ number, queueId }: Build) =>
    number === undefined ? `${jobName} (${queueId ?? "?"} in the queue)` : `build ${number} of ${jobName}`;
  return {
    name: api.name,
    ends: ENDS,
    describe: named,
    outputs: ({ status, queueId, number }) => ({
      status,
      ...(queueId !== undefined && { queueId }),
      ...(number !== undefined && { buildNumber: number }),
    }),
    start: (signal) => start(api, path, parameters, signal),
    findsAgain: false,
    look: (build, signal) => look(api, path, build, signal),
    async cancel(build, signal) {
      const { number, queueId } = build;
      const stop =
        number === undefined
          ? { path: "/queue/cancelItem", params: { id: String(queueId) } }
          : { path: `${path}/${number}/stop` };
      await post(api, `Stopping ${named(build)}`, stop, signal);
    },
  };
}

async function start(
  api: ServiceApi,
  path: string,
  parameters: Readonly<Record<string, unknown>> | undefined,
  signal: AbortSignal,
): Promise<Build> {
  const what = "The start of the build";
  const { status, location } = await post(
    api,
    what,
    parameters === undefined
      ? { path: `${path}/build` }
      : { path: `${path}/buildWithParameters`, form: formOf(parameters) },
    signal,
  );
  const [, queueId] = /\/queue\/item\/(\d+)/.exec(location ?? "") ?? [];
  return { status, queueId: queueId === undefined ? undefined : Number(queueId) };
}

async function look(api: ServiceApi, path: string, build: Build, signal: AbortSignal): Promise<RunSighting> {
  const { queueId } = build;
  if (build.number === undefined) {
    if (queueId === undefined)
      throw new TaskFailure(
        "Jenkins started a build and doesn't tell which. Set `wait` to false, or check the proxy before it.",
      );
    const item = await ask(api, signal, {
      what: `The status of item ${queueId} of the queue`,
      path: `/queue/item/${queueId}/api/json`,
      answer: queueAnswer,
      isRepeatable: true,
    });
    if (item.cancelled === true) return { state: "CANCELLED", reason: "it was taken out of the queue" };
    if (item.executable == null) return { state: "queued" };
    build.number = item.executable.number;
  }
  const { building, result, url } = await ask(api, signal, {
    what: `The status of build ${build.number}`,
    path: `${path}/${build.number}/api/json`,
    params: { tree: "building,result,url" },
    answer: buildAnswer,
    isRepeatable: true,
  });
  const outputs = { buildNumber: build.number, ...(url !== undefined && { url }) };
  if (building || result == null) return { state: "building", outputs };
  return {
    state: result,
    reason: url === undefined ? undefined : `see ${url}console`,
    outputs: { ...outputs, result },
  };
}

interface Posted {
  readonly path: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly form?: string;
}

/** What is posted to Jenkins is answered by where to look, in a header, or by a redirect to a page for people. */
async function post(api: ServiceApi, what: string, { path, params, form }: Posted, signal: AbortSignal) {
  const url = addressOf(addressBelow(api.url, path), params);
  const body = textBody(form ?? "", "application/x-www-form-urlencoded");
  const response = await send(
    { method: "POST", url, headers: await headersOf(api, signal), body },
    { ...api.options, followsRedirects: false },
    signal,
  );
  if (response.status >= 400) throw await failedStatus(`${what} at ${api.name}`, response);
  response.body.destroy();
  return { status: response.status, location: response.header("location") };
}

function formOf(parameters: Readonly<Record<string, unknown>>): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) form.append(name, asText(value));
  return form.toString();
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
