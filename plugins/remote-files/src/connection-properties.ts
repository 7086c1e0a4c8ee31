import { dynamic, secret, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";

/** Properties of a connection that all protocols have. */
export const serverProperties = (usual: { readonly port: number }) => ({
  host: text().describe("Name or address of the server."),
  port: text().default(String(usual.port)).describe(`Its port. Default: ${usual.port}.`),
  username: text().optional().describe("Name at the server."),
  password: secret().optional().describe("Password at the server."),
  rootDir: dynamic(z.boolean())
    .default(true)
    .describe(
      "Whether paths begin at the folder that the server puts the user into, so that `/in` is `in` there. With `false` they begin at the root of the server.",
    ),
});

/** A host and a port as they were written. Throws `TaskFailure` for what is none. */
export function serverOf({ host, port }: { readonly host: string; readonly port: string }) {
  const number = Number(port);
  if (!Number.isInteger(number) || number < 1 || number > 65_535)
    throw new TaskFailure(`\`port\` is "${port}", which is no port: give a number from 1 to 65535.`);
  const name = host.trim();
  if (name === "" || /[\s/@]/u.test(name))
    throw new TaskFailure(`\`host\` is "${host}": give the name of a server alone, such as files.example.com.`);
  return { host: name, port: number, shown: `${name.includes(":") ? `[${name}]` : name}:${number}` };
}
