import { join } from "node:path";
import { startProgram } from "./started-program.ts";

const COMMAND = join(import.meta.dirname, "../../../cli/bin/capstan.cjs");

/** A whole server as a process of its own. */
export interface WholeServer extends AsyncDisposable {
  readonly url: string;
  /** Of who calls it in the tests. */
  readonly headers: Readonly<Record<string, string>>;
  /** Calls the API of the tenant: with a flow, or with data. Throws for a status from 400 on. */
  readonly call: (method: string, path: string, body?: string | object) => Promise<unknown>;
}

/** Who may come in. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Starts a server, with an empty data folder unless it is given one; credentials are those that it asks for. It ends as by `kill -9`. */
export async function startWholeServer({
  data,
  credentials,
  environment,
}: {
  readonly data?: string;
  readonly credentials?: Credentials | undefined;
  readonly environment?: Readonly<Record<string, string>>;
} = {}): Promise<WholeServer> {
  const headers: Record<string, string> = credentials === undefined ? {} : { Authorization: basic(credentials) };
  const program = await startProgram({
    command: process.execPath,
    args: ({ port, folder }) => [COMMAND, "server", "--port", String(port), "--data", data ?? join(folder, "data")],
    install: "npm ci",
    environment: {
      CAPSTAN_LOGGING_LEVEL: "silent",
      ...(credentials !== undefined && {
        CAPSTAN_SERVER_BASIC_AUTH_USERNAME: credentials.username,
        CAPSTAN_SERVER_BASIC_AUTH_PASSWORD: credentials.password,
      }),
      ...environment,
    },
  });
  const url = `http://127.0.0.1:${program.port}`;
  return {
    url,
    headers,
    call: async (method, path, body) => {
      const type = typeof body === "string" ? "application/x-yaml" : "application/json";
      const response = await fetch(`${url}/api/v1/main${path}`, {
        method,
        headers: { ...headers, ...(body !== undefined && { "Content-Type": type }) },
        ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      if (response.status >= 400) throw new Error(`${method} ${path} was answered with ${response.status}: ${text}`);
      return text === "" ? undefined : (JSON.parse(text) as unknown);
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
