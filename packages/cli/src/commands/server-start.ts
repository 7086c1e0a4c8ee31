import type { Store } from "@capstan/store";
import type { Configuration } from "../configuration.ts";
import { thirdPartyIn } from "../third-party/find-third-party.ts";
import { CONFIGURATION_DEFAULTS, mayBeConfigured } from "../configuration-defaults.ts";
import { openDataStore } from "../data-store.ts";
import { bearYoung } from "../memory/bear-young.ts";
import { Mistake } from "../mistake.ts";
import { type Environment, processEnvironment } from "../process-environment.ts";
import type { Serving } from "../serve.ts";

export interface ServerStartOptions {
  readonly host?: string;
  readonly port?: number;
  readonly data?: string;
  readonly database?: string;
  readonly roles?: string;
  readonly config?: string;
  readonly flows?: string;
}

/** Serves until SIGINT or SIGTERM, then lets running work end. */
export async function serverStart(options: ServerStartOptions): Promise<number> {
  bearYoung();
  const environment = processEnvironment();
  const early = opensEarly(options, environment) ? openDataStore(options.data!) : undefined;
  const { configuration, thirdParty, warnings, files } = await configurationOf(options, environment, early);
  const { server } = configuration;
  const url = options.database ?? configuration.database.url;
  const host = options.host ?? server.host;
  const place =
    url === undefined ? await dataPlace(configuration, early) : await databasePlace(configuration, url, host);
  const { serve } = await import("../serve.ts");
  return serve({
    configuration,
    thirdParty,
    warnings,
    environment,
    ...place,
    ...(files !== undefined && { files }),
    authentication: authenticationOf(configuration),
    host,
    port: options.port ?? server.port,
    flowFolder: options.flows,
  });
}

/** The store opens in a thread of its own while everything else is loaded, unless settings may name another one. */
function opensEarly({ config, data, database }: ServerStartOptions, environment: Environment): boolean {
  const isNamed = database !== undefined || environment["CAPSTAN_DATABASE_URL"] !== undefined;
  return config === undefined && data !== undefined && !isNamed;
}

async function dataPlace(
  { data, cluster: { roles } }: Configuration,
  early: Store | undefined,
): Promise<Pick<Serving, "store">> {
  if (CONFIGURATION_DEFAULTS.cluster.roles.some((role) => !roles.includes(role))) {
    await early?.stop();
    throw new Mistake("roles are for servers that share a PostgreSQL database — give --database, or leave out --roles");
  }
  return { store: early ?? openDataStore(data) };
}

async function databasePlace(
  configuration: Configuration,
  url: string,
  host: string,
): Promise<Pick<Serving, "store" | "failed" | "leadership" | "logger">> {
  const [{ openDatabaseStore }, { createLogger }, { describeSelf, makeMemberToken }] = await Promise.all([
    import("../database-store.ts"),
    import("../logger.ts"),
    import("../leadership.ts"),
  ]);
  const logger = createLogger(configuration);
  const self = describeSelf(configuration.cluster.roles);
  return { ...openDatabaseStore(configuration, { url, host, self, token: makeMemberToken(), logger }), logger };
}

/** With the data folder and the roles of the command line, if it names any. A mistake leaves no store open. */
async function configurationOf(
  { config, data, roles }: ServerStartOptions,
  environment: Environment,
  early: Store | undefined,
): Promise<Pick<Serving, "configuration" | "warnings" | "files" | "thirdParty">> {
  try {
    const { configuration, warnings } = mayBeConfigured(config, environment)
      ? (await import("../configuration.ts")).loadConfiguration(config, environment)
      : { configuration: CONFIGURATION_DEFAULTS, warnings: [] };
    authenticationOf(configuration);
    const files =
      configuration.storage.type === "s3" ? (await import("../s3-files.ts")).filesInS3(configuration) : undefined;
    const settled = {
      ...configuration,
      ...(data !== undefined && { data }),
      ...(roles !== undefined && {
        cluster: { ...configuration.cluster, roles: (await import("../roles.ts")).rolesOf(roles) },
      }),
    };
    const thirdParty = await thirdPartyIn(settled);
    return { configuration: settled, thirdParty, warnings, ...(files !== undefined && { files }) };
  } catch (error) {
    await early?.stop();
    throw error;
  }
}

function authenticationOf({ server }: Configuration) {
  const { username, password } = server.basicAuth;
  const tokens = server.apiTokens;
  if ((username === undefined) !== (password === undefined))
    throw new Mistake("server.basicAuth needs both username and password — see capstan config explain");
  if (username === undefined || password === undefined) return tokens.length === 0 ? undefined : { tokens };
  return { basic: { username, password }, tokens };
}
