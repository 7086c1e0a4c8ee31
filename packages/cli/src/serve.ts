import { resolve } from "node:path";
import { jsonSchema } from "@capstan/model";
import { createServer, type Server, type ServerOptions } from "@capstan/server";
import type { Store, StoreError } from "@capstan/store";
import type { Logger } from "pino";
import { assemble } from "./assemble.ts";
import { type Configuration, publicUrlOf } from "./configuration.ts";
import { loadFlows } from "./load-flows.ts";
import { Mistake } from "./mistake.ts";
import type { Environment } from "./process-environment.ts";
import { startMessage } from "./start-message.ts";
import { stopSignal } from "./stop-signal.ts";

export interface Serving {
  readonly configuration: Configuration;
  /** About the configuration. */
  readonly warnings: readonly string[];
  readonly environment: Environment;
  readonly store: Store;
  /** Resolves when the store has failed for good; absent where it can't. */
  readonly failed?: Promise<StoreError>;
  /** The log that the store already writes to, if it does. */
  readonly logger?: Logger;
  readonly authentication: ServerOptions["authentication"];
  readonly host: string;
  readonly port: number;
  /** Its flows are loaded at the start. */
  readonly flowFolder: string | undefined;
}

/** Serves until it is told to stop; answers the exit code. */
export async function serve(serving: Serving): Promise<number> {
  const { configuration, environment, store, authentication, host, port, flowFolder } = serving;
  const assembly = assemble(configuration, environment, store, serving.logger && { logger: serving.logger });
  const { runtime, logger } = assembly;
  // A person at the terminal reads sentences, anything else reads lines of the log.
  const isRead = process.stderr.isTTY;
  for (const warning of serving.warnings) logger.warn(warning);
  const stop = stopSignal();
  const http = createServer(runtime, { ...httpOptions(serving, assembly), host, port });
  try {
    await runtime.start();
    const flows =
      flowFolder === undefined ? undefined : { folder: flowFolder, ...(await loadFlows(assembly, flowFolder)) };
    const { url } = await listen(http, `${host}:${port}`);
    const { data } = configuration;
    const callers = { username: authentication?.basic?.username, tokens: authentication?.tokens?.length ?? 0 };
    if (!isRead) logger.info({ url, data: resolve(data) }, "the server listens");
    process.stdout.write(startMessage({ url, data, ...callers, ...(flows !== undefined && { flows }) }));
    const failure = await Promise.race([stop.wait(), ...(serving.failed === undefined ? [] : [serving.failed])]);
    if (failure !== undefined) throw failure;
    if (isRead) process.stderr.write("stopping: running tasks may end first — a second Ctrl-C ends capstan at once\n");
    else logger.info("the server stops when running tasks have ended");
  } finally {
    await http.close();
    await runtime.stop();
    stop.release();
  }
  return 0;
}

function httpOptions({ configuration, authentication }: Serving, { catalogue, logger }: ReturnType<typeof assemble>) {
  const { server } = configuration;
  return {
    ...(authentication !== undefined && { authentication }),
    openUrls: server.basicAuth.openUrls,
    allowedOrigins: server.allowedOrigins,
    trustedProxies: server.trustedProxies,
    publicUrl: publicUrlOf(configuration),
    limits: server.limits,
    logger,
    catalogue,
    jsonSchema: (kind: string) => (kind === "flow" ? jsonSchema(catalogue) : undefined),
    authenticationHint: AUTHENTICATION_HINT,
  };
}

const AUTHENTICATION_HINT =
  "Set CAPSTAN_SERVER_BASIC_AUTH_USERNAME and CAPSTAN_SERVER_BASIC_AUTH_PASSWORD, or CAPSTAN_SERVER_API_TOKENS, or the same in the file of --config, or listen on 127.0.0.1";

/** What `listen` may be refused for, with what to do about it. */
const LISTEN_REFUSALS: Readonly<Record<string, string>> = {
  EADDRINUSE: "it is taken — choose another one with --port",
  EACCES: "it is not allowed for this user — choose one above 1023 with --port",
  EADDRNOTAVAIL: "the machine has no such address — choose another one with --host",
};

async function listen(http: Server, place: string): Promise<{ readonly url: string }> {
  try {
    return await http.listen();
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    const refusal = LISTEN_REFUSALS[code];
    if (refusal !== undefined) throw new Mistake(`${place}: ${refusal}`, { cause: error, exitCode: 1 });
    if (code === "authentication-required") throw new Mistake(message, { cause: error });
    throw error;
  }
}
