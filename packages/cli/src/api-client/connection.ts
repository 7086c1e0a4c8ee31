import { type Client, createClient } from "./client.ts";
import { Mistake } from "../mistake.ts";
import { processEnvironment } from "../process-environment.ts";
import { CLIENT_VARIABLES, describeStray, strayVariables } from "../stray-variables.ts";

/** Options of every command that talks to a server. */
export interface ConnectionOptions {
  readonly server?: string;
  readonly user?: string;
  readonly token?: string;
}

/** The server that the options, or the environment, name. Throws `Mistake`. */
export function connect(options: ConnectionOptions): Client {
  if (options.user !== undefined && options.token !== undefined)
    throw new Mistake("--user and --token are two ways to show who calls — give one of them");
  const environment = processEnvironment();
  for (const stray of strayVariables(environment, CLIENT_VARIABLES))
    if (stray.guess !== undefined) process.stderr.write(`${describeStray(stray)}\n`);
  const url = options.server ?? environment["CAPSTAN_SERVER"] ?? "http://127.0.0.1:8080";
  // What is given by hand goes before the environment, whichever of the two it is.
  const isGiven = options.user !== undefined || options.token !== undefined;
  const user = isGiven ? options.user : environment["CAPSTAN_USER"];
  const token = isGiven ? options.token : environment["CAPSTAN_TOKEN"];
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw new Mistake(`${withoutCredential(url)}: not the address of a server — write it as http://host:port`);
  if (new URL(url).username !== "" || new URL(url).password !== "")
    throw new Mistake("--server: an address holds no credential — give it with --user name:password or CAPSTAN_USER");
  if (token !== undefined && !/^[!-~]+$/.test(token))
    throw new Mistake(
      "--token: a token is letters, digits and signs without a space — compare it with that of the server",
    );
  if (user !== undefined && !user.includes(":")) throw new Mistake("--user: write it as name:password");
  return createClient({ url, ...(user !== undefined && { user }), ...(token !== undefined && { token }) });
}

function withoutCredential(url: string): string {
  return url.replace(/[^/]*@/, "");
}
