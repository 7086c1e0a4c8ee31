import { TaskFailure } from "@capstan/sdk";
import type { ConnectionProperties, DatabaseContext } from "../../connection.ts";
import { flagOf, type Host, type JdbcAddress, parseJdbcUrl } from "../../jdbc-url.ts";

/** A database of the protocol of MySQL, and how to come in. */
export interface MysqlAddress {
  readonly hosts: readonly Host[];
  readonly tls: TlsMode;
  readonly database: string | undefined;
  readonly user: string;
  readonly password: string | undefined;
  /** In milliseconds. */
  readonly connectMsMax: number;
}

export interface MysqlFlavour {
  readonly schemes: readonly string[];
  readonly port: number;
  readonly example: string;
}

/** Plain, encrypted if the server can, encrypted, signed by an authority that Node trusts, and made for this host. */
export type TlsMode = "disabled" | "preferred" | "required" | "verify-ca" | "verify-identity";

/** As MySQL and MariaDB call them. */
const TLS_MODES: Readonly<Record<string, TlsMode>> = {
  DISABLED: "disabled",
  DISABLE: "disabled",
  PREFERRED: "preferred",
  REQUIRED: "required",
  TRUST: "required",
  VERIFY_CA: "verify-ca",
  VERIFY_IDENTITY: "verify-identity",
  VERIFY_FULL: "verify-identity",
};
const CONNECT_MS = 10_000;
/** Parameters that mean something here; those of the Java driver's own workings are left aside. */
const KNOWN: ReadonlySet<string> = new Set(
  "user password sslmode usessl requiressl verifyservercertificate connecttimeout".split(" "),
);

/** Reads properties and address; the properties go first. Throws `TaskFailure`. */
export function mysqlAddress(
  properties: ConnectionProperties,
  flavour: MysqlFlavour,
  { log, mask }: Pick<DatabaseContext, "log" | "mask">,
): MysqlAddress {
  const address = parseJdbcUrl(properties.url, flavour);
  if (address.password !== undefined) mask?.(address.password);
  const user = properties.username ?? address.user;
  if (user === undefined) throw new TaskFailure("Nobody connects: give `username`.");
  const ignored = [...address.parameters.keys()].filter((name) => !KNOWN.has(name));
  if (ignored.length > 0) log.debug(`Parameters of \`url\` without effect here: ${ignored.join(", ")}.`);
  const connectMs = Number(address.parameters.get("connecttimeout"));
  return {
    hosts: address.hosts,
    tls: tlsMode(address),
    database: address.database,
    user,
    password: properties.password ?? address.password,
    connectMsMax: connectMs > 0 ? connectMs : CONNECT_MS,
  };
}

/** `sslMode` goes before the older flags. */
function tlsMode(address: JdbcAddress): TlsMode {
  const written = address.parameters.get("sslmode");
  if (written !== undefined) {
    const mode = TLS_MODES[written.toUpperCase().replaceAll("-", "_")];
    if (mode !== undefined) return mode;
    throw new TaskFailure(
      "`sslMode` of `url` is no mode. It may be DISABLED, PREFERRED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY.",
    );
  }
  if (flagOf(address, "usessl") === false) return "disabled";
  if (flagOf(address, "verifyservercertificate") === true) return "verify-ca";
  return flagOf(address, "requiressl") === true ? "required" : "preferred";
}
