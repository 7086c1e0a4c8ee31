import { jsonSchema } from "@capstan/model";
import { createServer } from "@capstan/server";
import { assemble } from "../assemble.ts";
import { type Configuration, loadConfiguration } from "../configuration.ts";
import { loadFlows } from "../load-flows.ts";
import { Mistake } from "../mistake.ts";
import { processEnvironment } from "../process-environment.ts";
import { startMessage } from "../start-message.ts";
import { stopSignal } from "../stop-signal.ts";

export interface ServerStartOptions {
  readonly host?: string;
  readonly port?: number;
  readonly data?: string;
  readonly config?: string;
  readonly flows?: string;
}

/** Serves until SIGINT or SIGTERM, then lets running work end. */
export async function serverStart(options: ServerStartOptions): Promise<number> {
  const environment = processEnvironment();
  const { configuration } = loadConfiguration(options.config, environment);
  const { server } = configuration;
  const authentication = authenticationOf(configuration);
  const data = options.data ?? configuration.data;
  const assembly = await assemble({ ...configuration, data }, environment);
  const { runtime, catalogue, logger } = assembly;
  const stop = stopSignal();
  // The store opens in a thread of its own; the routes are mounted meanwhile.
  const started = runtime.start();
  const http = createServer(runtime, {
    host: options.host ?? server.host,
    port: options.port ?? server.port,
    ...(authentication !== undefined && { authentication }),
    openUrls: server.basicAuth.openUrls,
    allowedOrigins: server.allowedOrigins,
    publicUrl: server.url.replace(/\/$/, ""),
    limits: server.limits,
    logger,
    catalogue,
    jsonSchema: (kind) => (kind === "flow" ? jsonSchema(catalogue) : undefined),
    authenticationHint: AUTHENTICATION_HINT,
  });
  try {
    await Promise.all([started, http.ready()]);
  } catch (error) {
    await http.close();
    stop.release();
    throw error;
  }
  try {
    const { flows: folder } = options;
    const flows = folder === undefined ? undefined : { folder, ...(await loadFlows(assembly, folder)) };
    const { url } = await listen(http, `${options.host ?? server.host}:${options.port ?? server.port}`);
    const username = authentication?.basic.username;
    process.stdout.write(startMessage({ url, data, username, ...(flows !== undefined && { flows }) }));
    await stop.wait();
    process.stderr.write("stopping: running tasks may end first — a second Ctrl-C ends capstan at once\n");
  } finally {
    await http.close();
    await runtime.stop();
    stop.release();
  }
  return 0;
}

const AUTHENTICATION_HINT =
  "Set CAPSTAN_SERVER_BASIC_AUTH_USERNAME and CAPSTAN_SERVER_BASIC_AUTH_PASSWORD, or server.basicAuth in the file of --config, or listen on 127.0.0.1";

/** What `listen` may be refused for, with what to do about it. */
const LISTEN_REFUSALS: Readonly<Record<string, string>> = {
  EADDRINUSE: "it is taken — choose another one with --port",
  EACCES: "it is not allowed for this user — choose one above 1023 with --port",
  EADDRNOTAVAIL: "the machine has no such address — choose another one with --host",
};

async function listen(http: ReturnType<typeof createServer>, place: string): Promise<{ readonly url: string }> {
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

function authenticationOf({ server }: Configuration) {
  const { username, password } = server.basicAuth;
  if (username === undefined && password === undefined) return undefined;
  if (username === undefined || password === undefined)
    throw new Mistake("server.basicAuth needs both username and password — see capstan config explain");
  return { basic: { username, password } };
}
