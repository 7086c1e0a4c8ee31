import { TaskFailure } from "@capstan/sdk";
import type { ConnectionProperties, DatabaseContext } from "../../connection.ts";
import { flagOf, type Host, type JdbcAddress, parseJdbcUrl } from "../../jdbc-url.ts";

/** A database of SAP HANA, and how to come in. */
export interface HanaAddress {
  /** In the order in which they are tried. */
  readonly hosts: readonly Host[];
  /** A tenant, of which the host knows where it is. */
  readonly database: string | undefined;
  readonly user: string;
  readonly password: string;
  readonly schema: string | undefined;
  readonly encryption: "plain" | "encrypted" | "verified";
  readonly hostNameInCertificate: string | undefined;
  /** In milliseconds. */
  readonly connectMsMax: number;
}

export const EXAMPLE_URL = "jdbc:sap://localhost:30015/?databaseName=HXE";
const PORT = 30_015;
/** Where HANA Cloud listens, which takes nobody in without encryption. */
const CLOUD_PORT = 443;
const CONNECT_MS = 15_000;
/** Parameters that mean something here; those of the Java driver's own workings are left aside. */
const KNOWN: ReadonlySet<string> = new Set(
  "user password databasename currentschema encrypt validatecertificate hostnameincertificate connecttimeout".split(
    " ",
  ),
);

/** Reads properties and address; the properties go first. Throws `TaskFailure` that shows no secret. */
export function hanaAddress(
  properties: ConnectionProperties,
  { log, mask }: Pick<DatabaseContext, "log" | "mask">,
): HanaAddress {
  const address = parseJdbcUrl(properties.url, { schemes: ["sap"], port: PORT, example: EXAMPLE_URL });
  const { parameters, hosts } = address;
  if (address.password !== undefined) mask?.(address.password);
  const user = properties.username ?? address.user;
  const password = properties.password ?? address.password;
  if (user === undefined || password === undefined)
    throw new TaskFailure("Nobody connects: give `username` and `password`.");
  const ignored = [...parameters.keys()].filter((name) => !KNOWN.has(name));
  if (ignored.length > 0) log.debug(`Parameters of \`url\` without effect here: ${ignored.join(", ")}.`);
  const connectMs = Number(parameters.get("connecttimeout"));
  return {
    hosts,
    database: parameters.get("databasename"),
    user,
    password,
    schema: parameters.get("currentschema"),
    encryption: encryptionOf(address),
    hostNameInCertificate: parameters.get("hostnameincertificate"),
    connectMsMax: connectMs > 0 ? connectMs : CONNECT_MS,
  };
}

function encryptionOf(address: JdbcAddress): HanaAddress["encryption"] {
  const isCloud = address.hosts.every(({ port }) => port === CLOUD_PORT);
  if (!(flagOf(address, "encrypt") ?? isCloud)) return "plain";
  return flagOf(address, "validatecertificate") === false ? "encrypted" : "verified";
}
