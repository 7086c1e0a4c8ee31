import { readFileSync } from "node:fs";
import { nearest, parseDuration } from "@capstan/model";
import { requestLimitsSchema } from "@capstan/api";
import { isNetwork } from "@capstan/runtime/egress";
import { isMap, isScalar, LineCounter, type Node, parseDocument, type YAMLMap } from "yaml";
import { z } from "zod";
import { CONFIGURATION_DEFAULTS as DEFAULTS } from "./configuration-defaults.ts";
import { flowControlSchema } from "./flow-control-settings.ts";
import { localFilesSchema } from "./local-files-settings.ts";
import { Mistake } from "./mistake.ts";
import type { Environment } from "./process-environment.ts";
import { retentionSchema } from "./retention-settings.ts";
import { rolesSchema } from "./roles.ts";
import { pluginsSchema } from "./third-party/plugin-settings.ts";
import { durationFrom, integerFrom, listOf, text, token } from "./setting-kinds.ts";
import { storageSchema } from "./storage-settings.ts";
import { CLIENT_VARIABLES, describeStray, strayVariables } from "./stray-variables.ts";
import { unreadableReason } from "./unreadable.ts";
import { egressRule } from "./egress-rule.ts";
import { workerSchema, workersSchema } from "./worker-settings.ts";

/** The whole configuration: what may be set, what it does, and what it is when nobody sets it. */
export const configurationSchema = z.strictObject({
  server: z.strictObject({
    host: text.default(DEFAULTS.server.host).describe("Address to listen on; 0.0.0.0 for every network"),
    port: integerFrom(0, 65_535).default(DEFAULTS.server.port).describe("Port to listen on; 0 for any free one"),
    basicAuth: z.strictObject({
      username: text.optional().describe("User name that callers of the API must give; none: everybody may call"),
      password: text.optional().describe("Password that goes with the user name"),
      openUrls: z
        .array(text.startsWith("/"))
        .default(DEFAULTS.server.basicAuth.openUrls)
        .describe("Paths that need no password, besides webhooks and health; one that ends with / opens all below it"),
    }),
    apiTokens: z
      .array(token)
      .default(DEFAULTS.server.apiTokens)
      .describe("Tokens that callers may send instead of a password, as a Bearer credential or in the cookie JWT"),
    trustedProxies: z
      .array(text.refine(isNetwork, { error: "it must be an address or a network, such as 10.0.0.0/8" }))
      .default(DEFAULTS.server.trustedProxies)
      .describe("Proxies that are believed whose request they pass on (X-Forwarded-For): addresses or networks"),
    url: text
      .default(DEFAULTS.server.url)
      .describe("Where people reach the server, for links in answers; such as https://flows.example.org"),
    allowedOrigins: z
      .array(text)
      .default(DEFAULTS.server.allowedOrigins)
      .describe("Other origins whose pages may call the API (CORS), such as http://localhost:5173"),
    idempotency: z.strictObject({
      retention: durationFrom("PT1M", "P30D")
        .default(DEFAULTS.server.idempotency.retention)
        .describe("How long a request is known by its header Idempotency-Key, PT1M to P30D"),
    }),
    limits: requestLimitsSchema,
  }),
  data: text.default(DEFAULTS.data).describe("Folder of the database and of the files of executions"),
  database: z.strictObject({
    url: text
      .optional()
      .describe(
        "Address of a PostgreSQL database, such as postgres://user@host:5432/name?sslmode=verify-full; none: SQLite in the data folder",
      ),
    password: text.optional().describe("Password of the database's user; goes before the one in the address"),
    schema: text
      .regex(/^[a-z_][a-z0-9_]{0,62}$/, { error: "it must be a word of small letters, digits and _" })
      .default(DEFAULTS.database.schema)
      .describe("Schema of the database that holds the tables; made at the first start"),
    poolSize: integerFrom(1, 100)
      .default(DEFAULTS.database.poolSize)
      .describe("How many connections may read at the same time, 1 to 100; the one that writes comes on top"),
    statementTimeout: durationFrom("PT1S", "PT1H")
      .default(DEFAULTS.database.statementTimeout)
      .describe("How long a query may take, PT1S to PT1H; then it is refused. Commits may take as long as they need"),
    networkTimeout: durationFrom("PT1S", "PT5M")
      .default(DEFAULTS.database.networkTimeout)
      .describe(
        "How long the network to the database may be silent before a connection counts as lost, PT1S to PT5M. A server that says it works is waited for",
      ),
    startTimeout: durationFrom("PT0S", "PT1H")
      .default(DEFAULTS.database.startTimeout)
      .describe("How long a start waits for a database that can't be reached, up to PT1H"),
    partitionDays: integerFrom(1, 31)
      .default(DEFAULTS.database.partitionDays)
      .describe(
        "How many days of executions new partitions of the tables have, 1 to 31; more where there are few a day",
      ),
  }),
  cluster: z.strictObject({
    address: text
      .regex(/^https?:\/\/[^/]+$/, { error: "it must be such as http://10.0.0.7:8080, without a path" })
      .optional()
      .describe(
        "Where other servers on the same PostgreSQL database reach this one; by default where it listens, or the first address of the machine",
      ),
    lease: durationFrom("PT2S", "PT5M")
      .default(DEFAULTS.cluster.lease)
      .describe(
        "How long the server that leads may be silent before another one on the same database takes over, PT2S to PT5M; the same for all",
      ),
    roles: rolesSchema
      .default(DEFAULTS.cluster.roles)
      .describe(
        "What this server does among those on the same PostgreSQL database: executor (it may lead), webserver (clients may call it), worker (it runs tasks)",
      ),
  }),
  storage: storageSchema,
  workers: workersSchema,
  worker: workerSchema,
  plugins: pluginsSchema,
  taskRunners: z.strictObject({
    docker: z
      .enum(["docker", "process"])
      .default(DEFAULTS.taskRunners.docker)
      .describe("What runs tasks that ask for Docker: the Docker engine, or plain processes of this machine"),
    default: z
      .enum(["auto", "docker", "process"])
      .default(DEFAULTS.taskRunners.default)
      .describe(
        "What runs script and command line tasks that name no runner: containers, processes of this machine, or containers where it has a Docker engine (DOCKER_HOST or /var/run/docker.sock)",
      ),
  }),
  egress: z.strictObject({
    allow: z
      .array(egressRule)
      .default(DEFAULTS.egress.allow)
      .describe("Where tasks, triggers and http() may connect to; when anything is named, everything else is refused"),
    deny: z
      .array(egressRule)
      .default(DEFAULTS.egress.deny)
      .describe("Where tasks, triggers and http() must not connect to, even if `egress.allow` names it"),
    privateNetworks: z
      .enum(["allow", "deny"])
      .default(DEFAULTS.egress.privateNetworks)
      .describe(
        "Whether they may reach addresses that are not of the public internet (this machine, private networks, metadata services) and that `egress.allow` doesn't name",
      ),
  }),
  localFiles: localFilesSchema,
  executions: z.strictObject({
    descendantsMax: z.coerce
      .number()
      .int()
      .min(100)
      .default(DEFAULTS.executions.descendantsMax)
      .describe(
        "How many executions may descend from one by Subflow and ForEachItem tasks, in each hundred generations",
      ),
  }),
  flowControl: flowControlSchema,
  retention: retentionSchema,
  triggers: z.strictObject({
    pollTimeout: text
      .refine((duration) => (parseDuration(duration) ?? 0) > 0, "it must be an ISO-8601 duration such as PT5M")
      .default(DEFAULTS.triggers.pollTimeout)
      .describe(
        "How long a polling trigger may take to answer; then it is interrupted, and asked again after its interval",
      ),
  }),
  logging: z.strictObject({
    level: z
      .enum(["trace", "debug", "info", "warn", "error", "silent"])
      .default(DEFAULTS.logging.level)
      .describe("Least level of the server's own log"),
  }),
  variables: z.strictObject({
    globals: z
      .record(text, z.unknown())
      .default(DEFAULTS.variables.globals)
      .describe("What flows read as {{ globals.… }}"),
    envPrefixes: z
      .array(text.min(1))
      .default(DEFAULTS.variables.envPrefixes)
      .describe("Environment variables with these prefixes are what flows read as {{ envs.… }}"),
  }),
  encryption: z.strictObject({
    secretKey: text
      .refine((key) => [16, 24, 32].includes(Buffer.from(key, "base64").length), "must be base64 of 16, 24 or 32 bytes")
      .optional()
      .describe("Base64 of 16, 24 or 32 bytes: SECRET inputs and encrypted outputs are stored encrypted with it"),
  }),
  secrets: z
    .record(text.regex(/^\w+$/), text)
    .default(DEFAULTS.secrets)
    .describe("Secrets by name; SECRET_<NAME> variables with base64 values add to them and go first"),
});

export type Configuration = z.output<typeof configurationSchema>;

/** One setting with what it is now, for `config explain`. */
export interface Setting {
  readonly key: string;
  readonly value: unknown;
  readonly from: "default" | "file" | "environment";
  /** `file:line:column` of a value from the file. */
  readonly place?: string;
  /** Its environment variable; maps and lists of maps have none. */
  readonly environmentName?: string;
  readonly description: string;
  /** All values that it may have, where they are few. */
  readonly choices?: readonly string[];
  readonly isSecret: boolean;
}

export interface LoadedConfiguration {
  readonly configuration: Configuration;
  readonly settings: readonly Setting[];
  /** What is no mistake for certain: variables that look like settings and are none. */
  readonly warnings: readonly string[];
}

/** Reads the file, then the environment, which goes first. Throws `Mistake` that lists every problem with its place. */
export function loadConfiguration(file: string | undefined, environment: Environment): LoadedConfiguration {
  const problems: string[] = [];
  const document = file === undefined ? undefined : readDocument(file);
  const leaves = leavesOf(configurationSchema);
  if (document?.root !== undefined) checkKeys(document.root, configurationSchema, [], document, problems);
  const written: Record<string, unknown> = {};
  const settings: Omit<Setting, "value">[] = [];
  for (const leaf of leaves) {
    const key = leaf.path.join(".");
    const environmentName = leaf.isMap ? undefined : environmentNameOf(leaf.path);
    const given = environmentName === undefined ? undefined : environment[environmentName];
    const fromEnvironment = given !== undefined && leaf.isList ? listOf(given) : given;
    const node = document?.root?.getIn(leaf.path, true) as Node | undefined;
    const value: unknown = fromEnvironment ?? node?.toJS(document!.document);
    const from = fromEnvironment !== undefined ? "environment" : node === undefined ? "default" : "file";
    const parsed = leaf.schema.safeParse(value ?? undefined);
    const place =
      from === "environment"
        ? environmentName!
        : `${node === undefined ? "" : document!.place(node)} wrong-type ${key}`;
    if (!parsed.success) problems.push(...parsed.error.issues.map((issue) => `${place}: ${wordingOf(issue)}`));
    else assign(written, leaf.path, parsed.data);
    const isSecret =
      /^secrets$|^database\.url$|^workers?\.tokens?$|(?:password|secretKey|secretAccessKey|apiTokens)$/.test(key);
    settings.push({
      key,
      from,
      ...(from === "file" && { place: document!.place(node!) }),
      ...(environmentName !== undefined && { environmentName }),
      description: leaf.schema.description ?? "",
      ...(leaf.choices !== undefined && { choices: leaf.choices }),
      isSecret,
    });
  }
  if (problems.length > 0) throw new Mistake(problems.join("\n"));
  const configuration = written as Configuration;
  return {
    configuration: Object.freeze(configuration),
    settings: settings.map((setting) => ({ ...setting, value: valueAt(configuration, setting.key.split(".")) })),
    warnings: [...warningsOf(environment, leaves), ...idleSettings(configuration, settings)],
  };
}

function warningsOf(environment: Environment, leaves: readonly Leaf[]): readonly string[] {
  const variables = leaves.filter(({ isMap }) => !isMap).map(({ path }) => environmentNameOf(path));
  return strayVariables(environment, [...variables, ...CLIENT_VARIABLES]).map((stray) => {
    const ofFile = leaves.find(({ path }) => environmentNameOf(path) === stray.name);
    return ofFile === undefined
      ? describeStray(stray)
      : `the environment variable ${stray.name} sets nothing — ${ofFile.path.join(".")} is set in the file of --config only`;
  });
}

/** Who names a bucket and forgets the type would find the files on the disk. */
function idleSettings({ storage }: Configuration, settings: readonly Omit<Setting, "value">[]): readonly string[] {
  const idle = settings.filter(({ key, from }) => key.startsWith("storage.s3.") && from !== "default");
  if (storage.type === "s3" || idle.length === 0) return [];
  return [`${idle[0]!.key} sets nothing while storage.type is local — set storage.type to s3`];
}

function wordingOf(issue: z.core.$ZodIssue): string {
  return issue.code === "invalid_value" ? `it must be one of ${issue.values.join(", ")}` : issue.message;
}

interface ReadDocument {
  readonly document: ReturnType<typeof parseDocument>;
  readonly root: YAMLMap | undefined;
  place(node: Node): string;
}

function readDocument(file: string): ReadDocument {
  let source: string;
  try {
    source = readFileSync(file, "utf8");
  } catch (error) {
    throw new Mistake(`${file}: the configuration file can't be read: ${unreadableReason(error)}`, { cause: error });
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(source, { lineCounter, prettyErrors: false });
  const placeAt = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const [problem] = document.errors;
  if (problem !== undefined)
    throw new Mistake(`${placeAt(problem.pos[0])} yaml-syntax invalid YAML: ${problem.message}`);
  const { contents } = document;
  if (contents !== null && !isMap(contents)) throw new Mistake(`${placeAt(0)} the configuration must be a map`);
  return { document, root: contents ?? undefined, place: (node) => placeAt(node.range?.[0] ?? 0) };
}

interface Leaf {
  readonly path: readonly string[];
  readonly schema: z.ZodType;
  /** A map, or a list of maps, which no variable can say. */
  readonly isMap: boolean;
  readonly isList: boolean;
  readonly choices: readonly string[] | undefined;
}

function leavesOf(schema: z.ZodObject, path: readonly string[] = []): readonly Leaf[] {
  return Object.entries(schema.shape).flatMap(([key, child]) => {
    const here = [...path, key];
    if (child instanceof z.ZodObject) return leavesOf(child, here);
    const inner = child instanceof z.ZodDefault || child instanceof z.ZodOptional ? child.unwrap() : child;
    return [
      {
        path: here,
        schema: child as z.ZodType,
        isMap: inner instanceof z.ZodRecord || (inner instanceof z.ZodArray && inner.element instanceof z.ZodObject),
        isList: inner instanceof z.ZodArray,
        choices: inner instanceof z.ZodEnum ? inner.options.map(String) : undefined,
      },
    ];
  });
}

function checkKeys(
  map: YAMLMap,
  schema: z.ZodObject,
  path: string[],
  document: ReadDocument,
  problems: string[],
): void {
  for (const pair of map.items) {
    const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
    const child = Object.hasOwn(schema.shape, key) ? schema.shape[key] : undefined;
    const here = [...path, key].join(".");
    const place = document.place(pair.key as Node);
    if (child === undefined) {
      const guess = nearest(key, Object.keys(schema.shape));
      const hint =
        guess === undefined ? `known are ${Object.keys(schema.shape).join(", ")}` : `did you mean "${guess}"?`;
      problems.push(`${place} unknown-key unknown setting "${here}" — ${hint}`);
    } else if (child instanceof z.ZodObject && isMap(pair.value)) {
      checkKeys(pair.value, child, [...path, key], document, problems);
    } else if (child instanceof z.ZodObject && !(isScalar(pair.value) && pair.value.value === null)) {
      problems.push(`${place} wrong-type "${here}" must be a map with ${Object.keys(child.shape).join(", ")}`);
    }
  }
}

/** `server.basicAuth.username` → `CAPSTAN_SERVER_BASIC_AUTH_USERNAME`. */
function environmentNameOf(path: readonly string[]): string {
  const words = path.map((key) => key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase());
  return ["CAPSTAN", ...words].join("_");
}

function assign(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let map = target;
  for (const key of path.slice(0, -1)) map = (map[key] ??= {}) as Record<string, unknown>;
  if (value !== undefined) map[path.at(-1)!] = value;
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], root);
}
