import { parseDuration } from "@capstan/model";
import { Refused } from "@capstan/runtime";
import { type Configuration, loadConfiguration } from "../configuration.ts";
import { describeSelf } from "../leadership.ts";
import { createLogger } from "../logger.ts";
import { Mistake } from "../mistake.ts";
import { processEnvironment } from "../process-environment.ts";
import { assembleRemoteWorker } from "../remote-worker.ts";
import { thirdPartyIn } from "../third-party/find-third-party.ts";
import { stopSignal } from "../stop-signal.ts";

export interface WorkerStartOptions {
  readonly server?: string;
  readonly token?: string;
  readonly group?: readonly string[];
  readonly name?: string;
  readonly grace?: string;
  readonly concurrency?: number;
  readonly config?: string;
}

/** Works for a server until SIGINT or SIGTERM, then lets running jobs end. */
export async function workerStart(options: WorkerStartOptions): Promise<number> {
  const { configuration, warnings } = loadConfiguration(options.config, processEnvironment());
  const logger = createLogger(configuration);
  const thirdParty = await thirdPartyIn(configuration);
  for (const warning of [...warnings, ...thirdParty.warnings]) logger.warn(warning);
  const settings = settingsOf(options, configuration.worker);
  const self = describeSelf(["worker"]);
  const place = { ...settings, self: { ...self, name: settings.name ?? self.name }, logger, thirdParty };
  const { worker, stopFiles } = await assembleRemoteWorker(configuration, place);
  const stop = stopSignal();
  // Imported by name, so that the bundle keeps it apart from what only workers need.
  const { giveBackWhenIdle } = await import("../memory/give-back.ts");
  using _memory = giveBackWhenIdle();
  logger.info({ server: settings.server, groups: settings.groups }, "the worker looks for its server");
  try {
    await Promise.race([worker.run(), stop.wait()]);
    if (process.stderr.isTTY)
      process.stderr.write("stopping: running jobs may end first — a second Ctrl-C ends it at once\n");
    else logger.info({ running: worker.runningCount }, "the worker stops when running jobs have ended");
    await worker.stop({ graceMs: settings.graceMs });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new Mistake(`${settings.server} does not take this worker: ${error.message}`, { cause: error, exitCode: 1 });
  } finally {
    await stopFiles();
    stop.release();
  }
  return 0;
}

/** An option goes before its setting. */
function settingsOf(options: WorkerStartOptions, settings: Configuration["worker"]) {
  const { server, token } = { ...settings, ...options };
  if (server === undefined)
    throw new Mistake(
      "a worker needs the address of its server — give --server, CAPSTAN_WORKER_SERVER or worker.server",
    );
  if (!URL.canParse(server) || !/^https?:\/\/[^@]+$/.test(server))
    throw new Mistake("--server: not the address of a server — write it as http://host:port");
  if (token === undefined)
    throw new Mistake("a worker needs a token of its server — give CAPSTAN_WORKER_TOKEN, worker.token or --token");
  return {
    server,
    token,
    groups: options.group ?? settings.groups,
    name: options.name ?? settings.name,
    graceMs: graceOf(options.grace ?? settings.grace),
    concurrency: options.concurrency ?? settings.concurrency,
  };
}

function graceOf(duration: string): number {
  const milliseconds = parseDuration(duration);
  if (milliseconds === undefined || milliseconds < 0)
    throw new Mistake(`--grace: "${duration}" is not a duration — write it as PT30S`);
  return milliseconds;
}
