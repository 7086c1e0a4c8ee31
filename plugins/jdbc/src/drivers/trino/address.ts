import { TaskFailure } from "@capstan/sdk";
import type { ConnectionProperties, DatabaseContext } from "../../connection.ts";
import { flagOf, parseJdbcUrl } from "../../jdbc-url.ts";

/** A coordinator of Trino, who asks, and what statements begin with. */
export interface TrinoAddress {
  /** `https://host:443`. */
  readonly origin: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly accessToken: string | undefined;
  readonly catalog: string | undefined;
  readonly schema: string | undefined;
  readonly clientTags: string | undefined;
  readonly trustsAllCertificates: boolean;
}

export const EXAMPLE_URL = "jdbc:trino://localhost:8080/hive/shop";
const TLS_PORT = 443;
const PLAIN_PORT = 80;
const KNOWN: ReadonlySet<string> = new Set("user password ssl sslverification accesstoken clienttags".split(" "));

/** Reads properties and address; the properties go first. Throws `TaskFailure` that shows no secret. */
export function trinoAddress(
  properties: Pick<ConnectionProperties, "url" | "username" | "password">,
  { log, mask }: Pick<DatabaseContext, "log" | "mask">,
): TrinoAddress {
  const address = parseJdbcUrl(properties.url, { schemes: ["trino"], port: 0, example: EXAMPLE_URL });
  const { parameters } = address;
  const accessToken = parameters.get("accesstoken");
  for (const secret of [address.password, accessToken]) if (secret !== undefined) mask?.(secret);
  const ignored = [...parameters.keys()].filter((name) => !KNOWN.has(name));
  if (ignored.length > 0) log.debug(`Parameters of \`url\` without effect here: ${ignored.join(", ")}.`);
  const { host, port } = address.hosts[0]!;
  const isSecure = flagOf(address, "ssl") ?? port === TLS_PORT;
  const user = properties.username ?? address.user;
  if (user === undefined) throw new TaskFailure("Nobody is named who asks: give `username`.");
  const password = properties.password ?? address.password;
  if (!isSecure && (password !== undefined || accessToken !== undefined))
    throw new TaskFailure("A password is sent over TLS alone: write `?SSL=true` behind the address, or leave it out.");
  const [catalog, schema] = (address.database ?? "").split("/").map((name) => (name === "" ? undefined : name));
  const number = port === 0 ? (isSecure ? TLS_PORT : PLAIN_PORT) : port;
  return {
    origin: `${isSecure ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${number}`,
    user,
    password,
    accessToken,
    catalog,
    schema,
    clientTags: parameters.get("clienttags"),
    trustsAllCertificates: parameters.get("sslverification")?.toLowerCase() === "none",
  };
}
