import { TaskFailure } from "@capstan/sdk";
import type { DatabaseContext } from "../../connection.ts";
import { type Host, type JdbcAddress, parseJdbcUrl } from "../../jdbc-url.ts";
import { type TlsProperties, type Way, waysOf } from "./tls.ts";

/** A database of the protocol of PostgreSQL, and how to come in. */
export interface PostgresAddress {
  readonly hosts: readonly Host[];
  readonly ways: readonly Way[];
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  /** In milliseconds. */
  readonly connectMsMax: number;
  readonly schemas: string | undefined;
  readonly applicationName: string;
  readonly options: string | undefined;
}

export interface PostgresFlavour {
  readonly schemes: readonly string[];
  readonly port: number;
  readonly example: string;
}

export interface PostgresPlace extends TlsProperties {
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

const CONNECT_SECONDS = 10;
/** Parameters that mean something here; those of pgjdbc's own workings are left aside. */
const KNOWN: ReadonlySet<string> = new Set(
  "user password host ssl sslmode connecttimeout logintimeout currentschema applicationname options".split(" "),
);

/** Reads properties and address; the properties go first. Throws `TaskFailure`. */
export function postgresAddress(
  properties: PostgresPlace,
  flavour: PostgresFlavour,
  { log, mask }: Pick<DatabaseContext, "log" | "mask">,
): PostgresAddress {
  const parsed = parseJdbcUrl(properties.url, flavour);
  const address = withHost(parsed);
  if (address.password !== undefined) mask?.(address.password);
  const user = properties.username ?? address.user;
  if (user === undefined) throw new TaskFailure("Nobody connects: give `username`.");
  const ignored = [...address.parameters.keys()].filter((name) => !KNOWN.has(name));
  if (ignored.length > 0) log.debug(`Parameters of \`url\` without effect here: ${ignored.join(", ")}.`);
  return {
    hosts: address.hosts,
    ways: waysOf(properties, address),
    database: address.database ?? user,
    user,
    password: properties.password ?? address.password,
    connectMsMax: secondsOf(address, "connecttimeout", secondsOf(address, "logintimeout", CONNECT_SECONDS)) * 1000,
    schemas: address.parameters.get("currentschema"),
    applicationName: address.parameters.get("applicationname") ?? "capstan",
    options: address.parameters.get("options"),
  };
}

/** The parameter `host` may be the folder of a socket, as for libpq. */
function withHost(address: JdbcAddress): JdbcAddress {
  const host = address.parameters.get("host");
  return host === undefined ? address : { ...address, hosts: [{ host, port: address.hosts[0]!.port }] };
}

function secondsOf({ parameters }: JdbcAddress, name: string, standard: number): number {
  const seconds = Number(parameters.get(name) ?? standard);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : standard;
}
