import { duration, secret, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { addressBelow, callVendor, type ExchangeOptions, exchangeOptions, given, textBody } from "@capstan/sdk/http";
import { z } from "zod";

/** Who asks, where, and of what, for all types of InfluxDB. */
export const connection = () => ({
  connection: z
    .object({
      url: text().describe("Address of InfluxDB, such as http://influxdb:8086."),
      token: secret().describe("An API token with the right to the bucket."),
      connectTimeout: duration().default(10_000).describe("Longest wait for the connection. Default: PT10S."),
      readTimeout: duration().default(10_000).describe("Longest silence of the server. Default: PT10S."),
    })
    .describe("Where InfluxDB is, and who asks."),
  org: text().describe("Name of the organization."),
  bucket: text().optional().describe("Name of the bucket. A query in Flux names it itself."),
});

export interface InfluxConnection {
  readonly connection: {
    readonly url: string;
    readonly token: string;
    readonly connectTimeout: number;
    readonly readTimeout: number;
  };
  readonly org: string;
  readonly bucket?: string | undefined;
}

export type InfluxContext = Pick<TaskContext<InfluxConnection>, "properties" | "signal">;

/** The parts that all requests have. */
export function requestOf({ connection: { url, token, connectTimeout, readTimeout } }: InfluxConnection, path: string) {
  const options: ExchangeOptions = {
    ...exchangeOptions({}),
    connectTimeoutMs: connectTimeout,
    readIdleTimeoutMs: readTimeout,
    limitNames: { connect: "connection.connectTimeout", readIdle: "connection.readTimeout" },
  };
  return { url: addressBelow(url, path), headers: { Authorization: `Token ${token.trim()}` }, options };
}

/** What to do about a refusal that means something special here. */
export function adviceFor(status: number): string | undefined {
  if (status === 400) return "The message says where in the query or the lines the mistake is.";
  if (status === 404) return "Check the names of the organization and the bucket.";
  if (status === 413) return "Write less at once, with a smaller `chunk`.";
  return undefined;
}

/** The bucket, for types that can't go without. Throws `TaskFailure` where there is none. */
export function bucketOf({ bucket }: InfluxConnection): string {
  const name = given(bucket);
  if (name === undefined) throw new TaskFailure("`bucket` is empty. Give it the name of the bucket.");
  return name;
}

/** Writes points in line protocol, all or none of them. Throws `TaskFailure` as `callVendor` does. */
export async function writeLines(
  { properties, signal }: InfluxContext,
  lines: string,
  precision: "ns" | "us" | "ms" | "s",
): Promise<void> {
  const { org } = properties;
  await callVendor(signal, {
    ...requestOf(properties, "/api/v2/write"),
    what: `Writing to ${bucketOf(properties)}`,
    params: { org, bucket: bucketOf(properties), precision },
    content: textBody(lines, "text/plain; charset=utf-8"),
    answer: z.undefined(),
    adviceFor,
  });
}
