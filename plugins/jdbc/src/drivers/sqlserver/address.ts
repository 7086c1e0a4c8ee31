import { dynamic, secret, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import type { ConnectionProperties, DatabaseContext } from "../../connection.ts";
import { parseSqlServerUrl } from "./url.ts";

const ENCRYPT = ["TRUE", "FALSE", "STRICT", "OPTIONAL"] as const;

export const encryptionProperties = () => ({
  encrypt: dynamic(z.enum(ENCRYPT))
    .default("FALSE")
    .describe(
      "TRUE: encrypted, to a server whose certificate is good. STRICT: the same, from the first byte on (TDS 8.0). FALSE and OPTIONAL: encrypted without a look at the certificate where the server can, plain where it can't. `encrypt` of `url` goes before FALSE. Default: FALSE.",
    ),
  trustServerCertificate: dynamic(z.boolean())
    .default(false)
    .describe("Whether any certificate is good with `encrypt: TRUE`. Default: false."),
  hostNameInCertificate: text()
    .optional()
    .describe("The name that the server's certificate is made for. Default: the host of `url`."),
  trustStore: text()
    .optional()
    .describe("Certificates of the authorities that servers are trusted for, as PEM. Default: those that Node trusts."),
  trustStorePassword: secret().optional().describe("Taken, and of no effect: PEM has no password."),
});
export type EncryptionProperties = Partial<z.output<z.ZodObject<ReturnType<typeof encryptionProperties>>>>;

/** How a connection is encrypted. */
export type Encryption = "plain" | "encrypted" | "verified" | "strict";

/** Who comes in. */
export type Login =
  | { readonly user: string; readonly password: string }
  /** A token of Microsoft Entra. */
  | { readonly accessToken: string };

/** A server that speaks TDS, and how to come in. */
export interface SqlServerAddress {
  readonly host: string;
  readonly instance: string | undefined;
  readonly port: number;
  readonly database: string | undefined;
  readonly login: Login;
  /** In the order in which they are tried. */
  readonly ways: readonly Encryption[];
  readonly hostNameInCertificate: string | undefined;
  readonly authorities: string | undefined;
  readonly applicationName: string;
  readonly readOnly: boolean;
  /** In milliseconds. */
  readonly connectMsMax: number;
}

const PORT = 1433;
const CONNECT_SECONDS = 15;
/** Parameters that mean something here; those of the Java driver's own workings are left aside. */
const KNOWN: ReadonlySet<string> = new Set(
  "user username password database databasename servername server instancename portnumber port encrypt trustservercertificate hostnameincertificate logintimeout applicationname applicationintent".split(
    " ",
  ),
);

/** Reads properties and address; the properties go first. Throws `TaskFailure` that shows no secret. */
export function sqlServerAddress(
  properties: ConnectionProperties & EncryptionProperties,
  { log, mask }: Pick<DatabaseContext, "log" | "mask">,
): SqlServerAddress {
  const { host, instance, port, parameters } = parseSqlServerUrl(properties.url);
  const written = parameters.get("password");
  if (written !== undefined) mask?.(written);
  const method = parameters.get("authentication")?.toLowerCase() ?? "notspecified";
  if (!["notspecified", "sqlpassword"].includes(method) || parameters.get("integratedsecurity") === "true")
    throw new TaskFailure(
      "`url` asks for a login of Windows or Entra, and only those of the server itself are known here: give `username` and `password` of one.",
    );
  const user = properties.username ?? parameters.get("user") ?? parameters.get("username");
  if (user === undefined) throw new TaskFailure("Nobody connects: give `username`.");
  const ignored = [...parameters.keys()].filter((name) => !KNOWN.has(name));
  if (ignored.length > 0) log.debug(`Parameters of \`url\` without effect here: ${ignored.join(", ")}.`);
  const seconds = Number(parameters.get("logintimeout"));
  return {
    host,
    // The port goes before the name of an instance, as in Java's driver.
    instance: port === undefined ? instance : undefined,
    port: port ?? PORT,
    database: parameters.get("databasename") ?? parameters.get("database"),
    login: { user, password: properties.password ?? written ?? "" },
    ways: waysOf(properties, parameters),
    hostNameInCertificate: properties.hostNameInCertificate ?? parameters.get("hostnameincertificate"),
    authorities: authoritiesOf(properties, parameters),
    applicationName: parameters.get("applicationname") ?? "capstan",
    readOnly: parameters.get("applicationintent")?.toLowerCase() === "readonly",
    connectMsMax: (seconds > 0 ? seconds : CONNECT_SECONDS) * 1000,
  };
}

function waysOf(
  { encrypt = "FALSE", trustServerCertificate = false }: EncryptionProperties,
  parameters: ReadonlyMap<string, string>,
): readonly Encryption[] {
  const inUrl = parameters.get("encrypt")?.toUpperCase() ?? "FALSE";
  const known: Readonly<Record<string, (typeof ENCRYPT)[number]>> = {
    TRUE: "TRUE",
    YES: "TRUE",
    MANDATORY: "TRUE",
    FALSE: "FALSE",
    NO: "FALSE",
    OPTIONAL: "OPTIONAL",
    STRICT: "STRICT",
  };
  if (known[inUrl] === undefined)
    throw new TaskFailure("`encrypt` of `url` is neither true, false, optional nor strict.");
  // The property has a default, which says nothing.
  const mode = encrypt === "FALSE" ? known[inUrl] : encrypt;
  const trustsAll = trustServerCertificate || parameters.get("trustservercertificate")?.toLowerCase() === "true";
  switch (mode) {
    case "STRICT":
      return ["strict"];
    case "TRUE":
      return [trustsAll ? "encrypted" : "verified"];
    case "FALSE":
    case "OPTIONAL":
      return ["encrypted", "plain"];
    default:
      return mode satisfies never;
  }
}

function authoritiesOf(
  { trustStore }: EncryptionProperties,
  parameters: ReadonlyMap<string, string>,
): string | undefined {
  if (trustStore === undefined && parameters.has("truststore"))
    throw new TaskFailure(
      "`url` names a file with trustStore, and files of the server can't be reached. Give the certificates as the property `trustStore`.",
    );
  if (trustStore === undefined || trustStore.trim() === "") return undefined;
  if (/^-----BEGIN CERTIFICATE-----/mu.test(trustStore)) return trustStore;
  throw new TaskFailure(
    "`trustStore` is no PEM: give the text that begins with -----BEGIN CERTIFICATE-----, not a path. A store of Java becomes PEM with `keytool -exportcert -rfc`.",
  );
}
