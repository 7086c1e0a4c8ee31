import { defineProtocol } from "../protocol.ts";
import { ftpProperties, openFtp } from "./ftp-connection.ts";

/** Files by FTP, which sends passwords and content for everybody to read. */
export const ftp = defineProtocol({
  prefix: "io.kestra.plugin.fs.ftp",
  name: "FTP",
  exampleLines: "host: ftp.example.com\nusername: capstan\npassword: \"{{ secret('FTP_PASSWORD') }}\"\n",
  connection: () => ftpProperties({ port: 21 }),
  open: (properties, caller) => openFtp(properties, { scheme: "ftp" }, caller),
});
