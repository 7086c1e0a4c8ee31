import { TaskFailure } from "@capstan/sdk";
import type { ConnectionProperties, DatabaseContext } from "../../connection.ts";
import { parseJdbcUrl } from "../../jdbc-url.ts";

/** Where Pinot takes statements, and who asks. */
export interface PinotAddress {
  /** `http://controller:9000/sql`, or of a broker. */
  readonly endpoint: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
}

export const EXAMPLE_URL = "jdbc:pinot://localhost:9000";
const CONTROLLER_PORT = 9000;
const BROKER = /^[\w.-]+:\d+$/u;
const KNOWN: ReadonlySet<string> = new Set(["user", "password", "scheme", "brokers"]);

/** Reads properties and address; the properties go first. Throws `TaskFailure` that shows no secret. */
export function pinotAddress(
  properties: Pick<ConnectionProperties, "url" | "username" | "password">,
  { log, mask }: Pick<DatabaseContext, "log" | "mask">,
): PinotAddress {
  const address = parseJdbcUrl(properties.url, { schemes: ["pinot"], port: CONTROLLER_PORT, example: EXAMPLE_URL });
  if (address.password !== undefined) mask?.(address.password);
  const { parameters } = address;
  const ignored = [...parameters.keys()].filter((name) => !KNOWN.has(name));
  if (ignored.length > 0) log.debug(`Parameters of \`url\` without effect here: ${ignored.join(", ")}.`);
  const scheme = parameters.get("scheme") ?? "http";
  const { host, port } = address.hosts[0]!;
  const [broker] = (parameters.get("brokers") ?? "").split(",");
  if (!["http", "https"].includes(scheme) || (broker !== "" && !BROKER.test(broker!)))
    throw new TaskFailure("`url` can't be used: its `scheme` is http or https, and `brokers` are written host:port.");
  const controller = `${host.includes(":") ? `[${host}]` : host}:${port}/sql`;
  return {
    endpoint: `${scheme}://${broker === "" ? controller : `${broker!}/query/sql`}`,
    user: properties.username ?? address.user,
    password: properties.password ?? address.password,
  };
}
