import { formatDiagnostic, jsonSchema } from "@capstan/model";
import { RequestError } from "@capstan/runtime";
import { createServer } from "@capstan/server";
import { assemble, type Assembly } from "../assemble.ts";
import { type Configuration, loadConfiguration } from "../configuration.ts";
import { readFlowFiles } from "../flow-files.ts";
import { Mistake } from "../mistake.ts";
import { processEnvironment } from "../process-environment.ts";
import { stopSignal } from "../stop-signal.ts";

export interface ServerStartOptions {
  readonly host?: string;
  readonly port?: number;
  readonly data?: string;
  readonly config?: string;
  readonly flows?: string;
}

const TENANT = "main";

/** Serves until SIGINT or SIGTERM, then lets running work end. */
export async function serverStart(options: ServerStartOptions): Promise<number> {
  const environment = processEnvironment();
  const { configuration } = loadConfiguration(options.config, environment);
  const { server } = configuration;
  const assembly = await assemble({ ...configuration, data: options.data ?? configuration.data }, environment);
  const { runtime, catalogue, logger } = assembly;
  const stop = stopSignal();
  const files = options.flows === undefined ? [] : await readFlowFiles([options.flows]);
  await runtime.start();
  try {
    for (const file of files) await loadFlow(assembly, file);
    const authentication = authenticationOf(configuration);
    const http = createServer(runtime, {
      host: options.host ?? server.host,
      port: options.port ?? server.port,
      ...(authentication !== undefined && { authentication }),
      logger,
      catalogue,
      jsonSchema: (kind) => (kind === "flow" ? jsonSchema(catalogue) : undefined),
      authenticationHint:
        "Set server.basicAuth.username and server.basicAuth.password (capstan config explain), or listen on 127.0.0.1",
    });
    try {
      const { url } = await listen(http, `${options.host ?? server.host}:${options.port ?? server.port}`);
      process.stdout.write(`capstan listens on ${url}\n`);
      await stop.wait();
    } finally {
      await http.close();
    }
  } finally {
    await runtime.stop();
    stop.release();
  }
  return 0;
}

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
    if (code === "authentication-required") throw new Mistake(`${code} ${message}`, { cause: error });
    throw error;
  }
}

/** A flow with mistakes is told and left out: the others of the folder still load. */
async function loadFlow(
  { runtime, logger }: Assembly,
  file: { readonly path: string; readonly source: string },
): Promise<void> {
  try {
    const { row, changed, diagnostics } = await runtime.flows.save(TENANT, file.source, { mode: "apply" });
    for (const diagnostic of diagnostics) logger.info({ file: file.path }, formatDiagnostic(file.path, diagnostic));
    if (changed)
      logger.info({ file: file.path, namespace: row.namespace, flow: row.id, revision: row.revision }, "flow loaded");
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    logger.warn({ file: file.path, problems: error.problems }, "flow left out");
  }
}

function authenticationOf({ server }: Configuration) {
  const { username, password } = server.basicAuth;
  if (username === undefined && password === undefined) return undefined;
  if (username === undefined || password === undefined)
    throw new Mistake("server.basicAuth needs both username and password — see capstan config explain");
  return { basic: { username, password } };
}
