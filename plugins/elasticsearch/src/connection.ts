import { dynamic, listOrText, secret, TaskFailure, text } from "@capstan/sdk";
import { type ExchangeOptions, exchangeOptions } from "@capstan/sdk/http";
import { z } from "zod";
import type { Engine } from "./engine.ts";

const TARGET_VERSION = 8;

/** Where the servers are, and who asks. */
const connection = ({ name, title }: Engine) =>
  z.object({
    hosts: listOrText().describe(
      "Addresses of the servers, such as https://search.example.com:9200. They are asked in this order, until one can be reached.",
    ),
    basicAuth: z
      .object({
        username: text().optional().describe("Who asks."),
        password: secret().optional().describe("The password of the user. It is masked in logs."),
      })
      .optional()
      .describe("A user with a password."),
    headers: listOrText().optional().describe("Further headers of each request, such as `Authorization: ApiKey …`."),
    pathPrefix: text().optional().describe("What stands before the path of each request, such as /search."),
    strictDeprecationMode: dynamic(z.boolean())
      .default(false)
      .describe("Whether the server's warnings of what is deprecated fail the task. Default: false."),
    trustAllSsl: dynamic(z.boolean())
      .default(false)
      .describe("Whether certificates are not checked. For tests only. Default: false."),
    ...(name === "elasticsearch" && {
      targetServerVersion: dynamic(z.int())
        .default(TARGET_VERSION)
        .describe(`Taken, and of no effect: all versions of ${title} from 7 on take the same requests.`),
    }),
  });
export type ConnectionProperties = z.output<ReturnType<typeof connection>>;

/** Properties of all types. */
export const commonProperties = (engine: Engine) => ({
  connection: connection(engine).describe(`How ${engine.title} is reached.`),
  routing: text().optional().describe("Which shard is asked, by the value that documents are spread by."),
});

/** A connection as requests use it. */
export interface Place {
  /** Addresses without a slash at their end, with the prefix; one at least. */
  readonly bases: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly refusesDeprecated: boolean;
  readonly options: ExchangeOptions;
}

/** Reads the properties. Throws `TaskFailure` for hosts and headers that are none; their values are not shown. */
export function placeOf(properties: ConnectionProperties): Place {
  const { hosts, basicAuth, headers = [], pathPrefix = "", strictDeprecationMode, trustAllSsl } = properties;
  if (hosts.length === 0)
    throw new TaskFailure("`connection.hosts` is empty: give the address of a server, such as http://localhost:9200.");
  const prefix = pathPrefix.replaceAll(/^\/+|\/+$/g, "");
  const common = exchangeOptions({});
  return {
    bases: hosts.map((host) => host.trim().replace(/\/+$/, "") + (prefix === "" ? "" : `/${prefix}`)),
    headers: Object.fromEntries(headers.map(headerOf)),
    refusesDeprecated: strictDeprecationMode,
    options: {
      ...common,
      trustsAllCertificates: trustAllSsl,
      ...(basicAuth?.username !== undefined && {
        auth: { type: "BASIC", username: basicAuth.username, password: basicAuth.password ?? "" },
      }),
    },
  };
}

function headerOf(line: string, index: number): readonly [string, string] {
  const [, name, value] = /^\s*([^\s:]+)\s*:\s*(.*?)\s*$/su.exec(line) ?? [];
  if (name === undefined || value === undefined)
    throw new TaskFailure(`Header ${index + 1} of \`connection.headers\` is none: write "Name: value".`);
  return [name, value];
}
