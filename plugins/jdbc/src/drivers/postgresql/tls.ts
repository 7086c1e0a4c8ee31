import { dynamic, secret, TaskFailure, text } from "@capstan/sdk";
import type { ConnectionOptions } from "node:tls";
import { z } from "zod";
import { flagOf, type JdbcAddress } from "../../jdbc-url.ts";

const SSL_MODES = ["DISABLE", "ALLOW", "PREFER", "REQUIRE", "VERIFY_CA", "VERIFY_FULL"] as const;
type SslMode = (typeof SSL_MODES)[number];

export const tlsProperties = () => ({
  ssl: dynamic(z.boolean())
    .default(false)
    .describe(
      "Whether the connection must be encrypted, to a server whose certificate is good. `sslMode` says it finer.",
    ),
  sslMode: dynamic(z.enum(SSL_MODES))
    .optional()
    .describe(
      "DISABLE (plain), ALLOW and PREFER (encrypted if the server wants to, or can), REQUIRE (encrypted), VERIFY_CA (signed by the authority as well), VERIFY_FULL (and made for this host). Default: VERIFY_FULL with `ssl`, otherwise PREFER.",
    ),
  sslRootCert: text()
    .optional()
    .describe("Certificate of the authority of the server, as PEM. Default: those that Node trusts."),
  sslCert: text().optional().describe("Certificate of the client, as PEM."),
  sslKey: secret().optional().describe("Key of the client's certificate, as PEM."),
  sslKeyPassword: secret().optional().describe("Password of that key, if it has one."),
});
export type TlsProperties = Partial<z.output<z.ZodObject<ReturnType<typeof tlsProperties>>>>;

/** One way to connect: plain, or with these options. */
export type Way = ConnectionOptions | false;

/** The ways to connect, in the order in which they are tried. Throws `TaskFailure` for what is no PEM. */
export function waysOf(properties: TlsProperties, address: JdbcAddress): readonly Way[] {
  const mode = modeOf(properties, address);
  const own = ownCertificate(properties);
  const ca = pem(properties.sslRootCert, "sslRootCert");
  const unchecked = { ...own, rejectUnauthorized: false };
  const signed = { ...own, ...(ca !== undefined && { ca }), checkServerIdentity: () => undefined };
  switch (mode) {
    case "DISABLE":
      return [false];
    case "ALLOW":
      return [false, unchecked];
    case "PREFER":
      return [unchecked, false];
    case "REQUIRE":
      // As libpq: with a certificate at hand it is checked who signed the server's.
      return [ca === undefined ? unchecked : signed];
    case "VERIFY_CA":
      return [signed];
    case "VERIFY_FULL":
      return [{ ...own, ...(ca !== undefined && { ca }) }];
    default:
      return mode satisfies never;
  }
}

function modeOf({ ssl, sslMode }: TlsProperties, address: JdbcAddress): SslMode {
  if (sslMode !== undefined) return sslMode;
  const written = address.parameters.get("sslmode")?.toUpperCase().replaceAll("-", "_");
  const known = SSL_MODES.find((mode) => mode === written);
  if (written !== undefined && known === undefined)
    throw new TaskFailure(`\`sslmode\` of \`url\` is no mode. It may be ${SSL_MODES.join(", ").toLowerCase()}.`);
  const file = ["sslrootcert", "sslcert", "sslkey"].find((name) => address.parameters.has(name));
  if (file !== undefined)
    throw new TaskFailure(
      `\`url\` names a file with ${file}, and files of the server can't be reached. Give the text of it as the property of that name.`,
    );
  if (known !== undefined) return known;
  if (ssl === true || flagOf(address, "ssl") === true) return "VERIFY_FULL";
  return address.hosts.every(({ host }) => host.startsWith("/")) ? "DISABLE" : "PREFER";
}

function ownCertificate({ sslCert, sslKey, sslKeyPassword }: TlsProperties): ConnectionOptions {
  const cert = pem(sslCert, "sslCert");
  const key = pem(sslKey, "sslKey");
  if (cert === undefined && key === undefined) return {};
  if (cert === undefined || key === undefined)
    throw new TaskFailure("`sslCert` and `sslKey` belong together: give both, or none.");
  return { cert, key, ...(sslKeyPassword !== undefined && { passphrase: sslKeyPassword }) };
}

function pem(written: string | undefined, name: string): string | undefined {
  if (written === undefined || written.trim() === "") return undefined;
  if (/^-----BEGIN [A-Z ]+-----/mu.test(written)) return written;
  throw new TaskFailure(`\`${name}\` is no PEM: give the text that begins with -----BEGIN …-----, not a path.`);
}
