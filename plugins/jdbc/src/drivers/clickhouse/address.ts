import type { ConnectionProperties, DatabaseContext } from "../../connection.ts";
import { flagOf, type Host, parseJdbcUrl } from "../../jdbc-url.ts";

/** Servers of ClickHouse that speak HTTP, and how to come in. */
export interface ClickhouseAddress {
  /** `http://host:8123`, in the order in which they are tried; one at least. */
  readonly origins: readonly string[];
  readonly database: string | undefined;
  readonly user: string;
  readonly password: string;
  readonly trustsAllCertificates: boolean;
  /** How long a server may be silent, in milliseconds. */
  readonly silenceMsMax: number;
  /** Settings that go with each statement. */
  readonly settings: Readonly<Record<string, string>>;
}

export const EXAMPLE_URL = "jdbc:clickhouse://localhost:8123/shop";
const PLAIN_PORT = 8123;
const TLS_PORT = 8443;
/** A statement may run for long without a row: its time is limited by the task's `timeout`. */
const SILENCE_MS = 3_600_000;
const SETTING = "clickhouse_setting_";
const KNOWN: ReadonlySet<string> = new Set(["user", "password", "database", "ssl", "sslmode", "socket_timeout"]);

/** Reads properties and address; the properties go first. Throws `TaskFailure`. */
export function clickhouseAddress(
  properties: Pick<ConnectionProperties, "url" | "username" | "password">,
  { log, mask }: Pick<DatabaseContext, "log" | "mask">,
): ClickhouseAddress {
  // The protocol may stand before the host: jdbc:clickhouse:https://host.
  const [, protocol] = /^jdbc:(?:clickhouse|ch):(https?):\/\//u.exec(properties.url.trim()) ?? [];
  const url = protocol === undefined ? properties.url : properties.url.replace(`:${protocol}:`, ":");
  const address = parseJdbcUrl(url, { schemes: ["clickhouse", "ch"], port: 0, example: EXAMPLE_URL });
  if (address.password !== undefined) mask?.(address.password);
  const { parameters } = address;
  const isSecure = protocol === "https" || flagOf(address, "ssl") === true || isTlsPort(address.hosts);
  const settings = [...parameters].filter(([name]) => name.startsWith(SETTING));
  const ignored = [...parameters.keys()].filter((name) => !KNOWN.has(name) && !name.startsWith(SETTING));
  if (ignored.length > 0) log.debug(`Parameters of \`url\` without effect here: ${ignored.join(", ")}.`);
  const silence = Number(parameters.get("socket_timeout"));
  return {
    origins: address.hosts.map((host) => originOf(host, isSecure)),
    database: address.database ?? parameters.get("database"),
    user: properties.username ?? address.user ?? "default",
    password: properties.password ?? address.password ?? "",
    trustsAllCertificates: parameters.get("sslmode")?.toLowerCase() === "none",
    silenceMsMax: Number.isFinite(silence) && silence > 0 ? silence : SILENCE_MS,
    settings: Object.fromEntries(settings.map(([name, value]) => [name.slice(SETTING.length), value])),
  };
}

function isTlsPort(hosts: readonly Host[]): boolean {
  return hosts.every(({ port }) => port === TLS_PORT);
}

function originOf({ host, port }: Host, isSecure: boolean): string {
  const name = host.includes(":") ? `[${host}]` : host;
  const number = port === 0 ? (isSecure ? TLS_PORT : PLAIN_PORT) : port;
  return `${isSecure ? "https" : "http"}://${name}:${number}`;
}
