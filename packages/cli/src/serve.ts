import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { jsonSchema, parseDuration } from "@capstan/model";
import type { Runtime } from "@capstan/runtime";
import { createServer, type Server, type ServerOptions } from "@capstan/server";
import { type Member, MEMBER_ROLES, type MemberRole, type Store, StoreError } from "@capstan/store";
import type { Logger } from "pino";
import { assemble } from "./assemble.ts";
import type { Configuration } from "./configuration.ts";
import type { FilesPlace } from "./files-place.ts";
import { loadFlows } from "./load-flows.ts";
import { MemberWorker } from "./member-worker.ts";
import { giveBackWhenIdle } from "./memory/give-back.ts";
import { Mistake } from "./mistake.ts";
import type { Environment } from "./process-environment.ts";
import { describeSelf, type Leadership, Succession } from "./leadership.ts";
import { publicUrlOf } from "./public-url.ts";
import { type StartFacts, startMessage } from "./start-message.ts";
import { stopSignal } from "./stop-signal.ts";
import type { ThirdParty } from "./third-party/third-party.ts";
import type { WorkingMember } from "./worker-settings.ts";

export interface Serving {
  readonly configuration: Configuration;
  readonly thirdParty: ThirdParty;
  /** About the configuration. */
  readonly warnings: readonly string[];
  readonly environment: Environment;
  readonly store: Store;
  /** Resolves when the store has failed for good; absent where it can't. */
  readonly failed?: Promise<StoreError>;
  /** Where several servers share the store. */
  readonly leadership?: Leadership;
  /** Where files lie, if not in the data folder. */
  readonly files?: FilesPlace;
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
  const { configuration, environment, store, leadership, host, port, files, logger: ownLogger } = serving;
  const assembly = assemble(configuration, environment, store, {
    thirdParty: serving.thirdParty,
    ...(ownLogger !== undefined && { logger: ownLogger }),
    ...(files !== undefined && { files }),
    member: memberOf(serving),
  });
  const { runtime, logger } = assembly;
  for (const warning of [...serving.warnings, ...serving.thirdParty.warnings]) logger.warn(warning);
  const stop = stopSignal();
  const http = createServer(runtime, { ...httpOptions(serving, assembly), host, port });
  const succession = leadership && new Succession(http, leadership, logger);
  const memberWorker = isA("worker", leadership) ? new MemberWorker(serving, leadership, logger) : undefined;
  const listening = createListening(serving, http, logger);
  using _memory = giveBackWhenIdle();
  try {
    const starting = start(serving, { assembly, listening, succession, memberWorker });
    const ending = Promise.race([stop.wait(), ...(serving.failed === undefined ? [] : [serving.failed])]);
    const early = await Promise.race([starting.then(() => "started" as const), ending]);
    const failure = early === "started" ? await ending : early;
    starting.catch(() => undefined); // What was cut short by the stop.
    if (failure !== undefined) throw failure;
    // A person at the terminal reads sentences, anything else reads lines of the log.
    if (early !== "started" && !listening.hasBegun())
      logger.warn("the server was told to stop while it waited for its database; nothing was begun");
    else if (process.stderr.isTTY)
      process.stderr.write("stopping: running tasks may end first — a second Ctrl-C ends capstan at once\n");
    else logger.info("the server stops when running tasks have ended");
  } finally {
    const mayLead = leadership === undefined || isA("executor", leadership);
    await end({ http, runtime: mayLead ? runtime : undefined, succession, memberWorker });
    stop.release();
  }
  return 0;
}

/** Whether this server shares a database and has a role there. */
function isA(role: MemberRole, leadership: Leadership | undefined): leadership is Leadership {
  return leadership?.self.roles.includes(role) === true;
}

function memberOf({ leadership, configuration: { cluster } }: Serving): WorkingMember | undefined {
  if (leadership === undefined) return undefined;
  return { isWorker: isA("worker", leadership), leaseMs: parseDuration(cluster.lease)! };
}

interface Ending {
  readonly http: Server;
  /** What drives executions, where this server may. */
  readonly runtime: Runtime | undefined;
  readonly succession: Succession | undefined;
  readonly memberWorker: MemberWorker | undefined;
}

/** What is being answered may end first. Where another server takes over, what comes meanwhile is answered by that one. */
async function end({ http, runtime, succession, memberWorker }: Ending): Promise<void> {
  if (succession === undefined) {
    await http.close();
    return runtime?.stop();
  }
  await succession.leave();
  await runtime?.stop();
  await succession.succeeded();
  await memberWorker?.stop();
  await http.close();
  await succession.stop();
}

interface Starting {
  readonly assembly: ReturnType<typeof assemble>;
  readonly listening: Listening;
  readonly succession: Succession | undefined;
  readonly memberWorker: MemberWorker | undefined;
}

/** Begins to take work, and to listen: before that, where another server leads for now. */
async function start(serving: Serving, { assembly, listening, succession, memberWorker }: Starting): Promise<void> {
  const { leadership, flowFolder } = serving;
  const work = async (role: "standby" | "serving") => {
    const url = await listening.begin({ role });
    succession?.serve(url, role);
    memberWorker?.start(url);
  };
  if (leadership !== undefined && !isA("executor", leadership)) {
    await joined(serving, leadership);
    return work("serving");
  }
  const started = assembly.runtime.start();
  if (leadership !== undefined) {
    const isStandby = await Promise.race([started.then(() => false), leadership.standingBy.then(() => true)]);
    if (isStandby) await work("standby");
  }
  await started;
  memberWorker?.retire();
  const flows =
    flowFolder === undefined ? undefined : { folder: flowFolder, ...(await loadFlows(assembly, flowFolder)) };
  const url = await listening.begin({ ...(flows !== undefined && { flows }) });
  succession?.lead(url);
}

/** Resolves when the others see this server. Throws `store-unreachable` when that takes longer than a start may. */
async function joined({ configuration: { database } }: Serving, { membership }: Leadership): Promise<void> {
  const isLate = sleep(parseDuration(database.startTimeout), true, { ref: false });
  if (!(await Promise.race([membership.joined.then(() => false), isLate]))) return;
  const reason = "the database can't be reached, or no server with the role executor has made its tables yet";
  throw new StoreError("store-unreachable", `${reason} — see database.startTimeout`);
}

interface Listening {
  /** Listens, unless it does already, and says so; answers where. */
  begin(facts: Pick<StartFacts, "flows" | "role">): Promise<string>;
  hasBegun(): boolean;
}

function createListening(serving: Serving, http: Server, logger: Logger): Listening {
  const { authentication, host, port } = serving;
  const { data } = serving.configuration;
  const files = serving.files?.shown;
  let url: string | undefined;
  return {
    begin: async (facts) => {
      if (url !== undefined) return url;
      ({ url } = await listen(http, `${host}:${port}`));
      const callers = { username: authentication?.basic?.username, tokens: authentication?.tokens?.length ?? 0 };
      if (!process.stderr.isTTY) logger.info({ url, data: resolve(data), files }, "the server listens");
      process.stdout.write(startMessage({ url, data, files, ...callers, ...facts }));
      return url;
    },
    hasBegun: () => url !== undefined,
  };
}

function httpOptions(
  { configuration, authentication, leadership }: Serving,
  { catalogue, logger }: ReturnType<typeof assemble>,
) {
  const { server } = configuration;
  const startedAt = Date.now();
  let self: Member | undefined;
  // Described for the first who asks: a random id takes a large part of Node.
  const alone = () =>
    (self ??= { ...describeSelf(MEMBER_ROLES), state: "LEADING", startedAt, silentMs: 0, isLost: false });
  return {
    members: async () => (await leadership?.membership.members()) ?? [alone()],
    ...(leadership !== undefined && {
      leader: "nobody" as const,
      isTrusted: (address: string) => leadership.membership.isHost(address),
      isMember: (fingerprint: string) => leadership.membership.isFingerprint(fingerprint),
      servesClients: isA("webserver", leadership),
    }),
    ...(authentication !== undefined && { authentication }),
    workerTokens: configuration.workers.tokens,
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
