import { isIP } from "node:net";
import { dynamic } from "@capstan/sdk";
import { z } from "zod";
import { defineProtocol } from "../protocol.ts";
import { ftpProperties, openFtp } from "./ftp-connection.ts";

const connection = () => ({
  ...ftpProperties({ port: 990 }),
  mode: dynamic(z.enum(["EXPLICIT", "IMPLICIT"]))
    .default("EXPLICIT")
    .describe("EXPLICIT asks for TLS once it is connected, usually at port 21; IMPLICIT begins with TLS, at 990."),
  dataChannelProtectionLevel: dynamic(z.enum(["C", "S", "E", "P"]))
    .default("P")
    .describe("Content is encrypted in any case, as with P: there is no reason to send it for everybody to read."),
  insecureTrustAllCertificates: dynamic(z.boolean())
    .default(false)
    .describe("Whether any certificate will do. Then anybody may be the server, and read what is sent."),
});

/** Files by FTP within TLS. */
export const ftps = defineProtocol({
  prefix: "io.kestra.plugin.fs.ftps",
  name: "FTPS",
  exampleLines: "host: ftp.example.com\nport: 21\nusername: capstan\npassword: \"{{ secret('FTP_PASSWORD') }}\"\n",
  connection,
  open(properties, caller) {
    const { host, mode, insecureTrustAllCertificates } = properties;
    if (insecureTrustAllCertificates)
      caller.log.warn(`Nobody checked that ${host} is the right server: \`insecureTrustAllCertificates\` is set.`);
    const protection = {
      scheme: "ftps",
      secure: mode === "IMPLICIT" ? "implicit" : true,
      secureOptions: {
        rejectUnauthorized: !insecureTrustAllCertificates,
        ...(isIP(host) === 0 && { servername: host }),
      },
    } as const;
    return openFtp(properties, protection, caller);
  },
});
