import { TaskFailure } from "@capstan/sdk";
import type { ConnectionProperties, DatabaseContext } from "../../connection.ts";
import { flagOf, parseJdbcUrl } from "../../jdbc-url.ts";

/** An account of Snowflake, who comes in, and what statements begin with. */
export interface SnowflakeAddress {
  /** `https://account.snowflakecomputing.com`. */
  readonly origin: string;
  readonly account: string;
  readonly user: string;
  readonly credentials: SnowflakeCredentials;
  readonly database: string | undefined;
  readonly schema: string | undefined;
  readonly warehouse: string | undefined;
  readonly role: string | undefined;
  readonly queryTag: string | undefined;
}

export type SnowflakeCredentials =
  | { readonly password: string }
  | { readonly privateKey: string; readonly passphrase: string | undefined };

/** Properties of all types of Snowflake, beside those of every driver. */
export interface SnowflakeProperties extends Pick<ConnectionProperties, "url" | "username" | "password"> {
  readonly privateKey?: string | undefined;
  readonly privateKeyPassword?: string | undefined;
  readonly database?: string | undefined;
  readonly schema?: string | undefined;
  readonly warehouse?: string | undefined;
  readonly role?: string | undefined;
  readonly queryTag?: string | undefined;
}

export const EXAMPLE_URL = "jdbc:snowflake://my-account.snowflakecomputing.com";
const TLS_PORT = 443;
const PLAIN_PORT = 80;
const KNOWN: ReadonlySet<string> = new Set(
  "account authenticator database db password query_tag role schema ssl user warehouse".split(" "),
);
/** Ways to come in that need nobody who looks at a browser or a telephone. */
const AUTHENTICATORS: ReadonlySet<string> = new Set(["snowflake", "snowflake_jwt"]);

/** Reads properties and address; the properties go first. Throws `TaskFailure` that shows no secret. */
export function snowflakeAddress(
  properties: SnowflakeProperties,
  { log, mask }: Pick<DatabaseContext, "log" | "mask">,
): SnowflakeAddress {
  const address = parseJdbcUrl(properties.url, { schemes: ["snowflake"], port: 0, example: EXAMPLE_URL });
  if (address.password !== undefined) mask?.(address.password);
  const { parameters } = address;
  const { host, port } = address.hosts[0]!;
  const isPlain = flagOf(address, "ssl") === false || parameters.get("ssl")?.toLowerCase() === "off";
  const ignored = [...parameters.keys()].filter((name) => !KNOWN.has(name));
  if (ignored.length > 0) log.debug(`Parameters of \`url\` without effect here: ${ignored.join(", ")}.`);
  const user = properties.username ?? address.user;
  if (user === undefined) throw new TaskFailure("Nobody is named who connects: give `username`.");
  const number = port === 0 ? (isPlain ? PLAIN_PORT : TLS_PORT) : port;
  return {
    origin: `${isPlain ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${number}`,
    account: parameters.get("account") ?? accountOf(host),
    user,
    credentials: credentialsOf(properties, address.password, parameters.get("authenticator")),
    database: properties.database ?? parameters.get("db") ?? parameters.get("database"),
    schema: properties.schema ?? parameters.get("schema"),
    warehouse: properties.warehouse ?? parameters.get("warehouse"),
    role: properties.role ?? parameters.get("role"),
    queryTag: properties.queryTag ?? parameters.get("query_tag"),
  };
}

/** The account in a host: what is before the region, and in global addresses before the dash as well. */
function accountOf(host: string): string {
  const [account = host] = host.split(".");
  return host.includes(".global.") ? account.replace(/-.*$/su, "") : account;
}

function credentialsOf(
  { password, privateKey, privateKeyPassword: passphrase }: SnowflakeProperties,
  written: string | undefined,
  authenticator = "snowflake",
): SnowflakeCredentials {
  if (!AUTHENTICATORS.has(authenticator.toLowerCase()))
    throw new TaskFailure(
      `\`url\` asks for the authenticator ${authenticator}, which is not supported: give \`privateKey\`, or \`password\`, which may be a programmatic access token.`,
    );
  if (privateKey !== undefined) return { privateKey, passphrase };
  const known = password ?? written;
  if (known === undefined) throw new TaskFailure("There is nothing to come in with: give `privateKey`, or `password`.");
  return { password: known };
}
