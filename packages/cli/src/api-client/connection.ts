import { type Client, createClient } from "./client.ts";
import { Mistake } from "../mistake.ts";
import { processEnvironment } from "../process-environment.ts";

/** Options of every command that talks to a server. */
export interface ConnectionOptions {
  readonly server?: string;
  readonly user?: string;
}

/** The server that the options, or the environment, name. Throws `Mistake`. */
export function connect(options: ConnectionOptions): Client {
  const environment = processEnvironment();
  const url = options.server ?? environment["CAPSTAN_SERVER"] ?? "http://127.0.0.1:8080";
  const user = options.user ?? environment["CAPSTAN_USER"];
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw new Mistake(`${url}: not the address of a server — write it as http://host:port`);
  if (user !== undefined && !user.includes(":")) throw new Mistake("--user: write it as name:password");
  return createClient({ url, ...(user !== undefined && { user }) });
}
