import { duration, dynamic, formatDuration, secret, TaskFailure, text } from "@capstan/sdk";
import { Agent } from "node:https";
import { z } from "zod";

/** How long a connection may take to come about. */
const CONNECT_MS_MAX = 10_000;
/** How long a server may be silent in the middle of a request. */
const SILENCE_MS_MAX = 120_000;
/** Connections to one server at the same time. */
const CONNECTIONS_MAX = 50;
/** Length of the sessions of a role, if nothing else is said. */
const SESSION_MS = 900_000;
/** The shortest session that AWS gives. */
const SESSION_MS_MIN = 900_000;
/** Where servers that are not AWS are said to be. */
const REGION_ELSEWHERE = "us-east-1";

/** Where a service of AWS is, and with which credentials it is asked: the same for every type of this plugin. */
export const connectionProperties = () => ({
  region: text()
    .optional()
    .describe(
      "Region of the service, such as `eu-central-1`. Default: `AWS_REGION` or `AWS_DEFAULT_REGION` of the worker, or the region of its profile.",
    ),
  endpointOverride: text().optional().describe("Address of another server that speaks like the service of AWS."),
  accessKeyId: secret()
    .optional()
    .describe(
      "Id of an access key. Default: the credentials that the worker finds in its environment, its profile, or its role on EC2, ECS or EKS.",
    ),
  secretKeyId: secret().optional().describe("The secret access key of `accessKeyId`."),
  sessionToken: secret().optional().describe("Token of a temporary access key."),
  stsRoleArn: text().optional().describe("ARN of a role to take on with these credentials."),
  stsRoleExternalId: text().optional().describe("External id that the role asks for."),
  stsRoleSessionName: text()
    .optional()
    .describe("Name of the session, as CloudTrail shows it. Default: `capstan-` and the namespace and id of the flow."),
  stsEndpointOverride: text().optional().describe("Address of another server that gives roles."),
  stsRoleSessionDuration: duration()
    .default(SESSION_MS)
    .describe("How long the session of the role lasts, PT15M at least. Default: PT15M."),
});

/** How a service is addressed that is not at AWS. */
export const pathStyleProperties = () => ({
  compatibilityMode: dynamic(z.boolean())
    .default(false)
    .describe("Ask in the way that older servers understand: with path style, and without newer checksums."),
  forcePathStyle: dynamic(z.boolean())
    .optional()
    .describe("Write the bucket into the path of addresses. Default: true where `endpointOverride` is set."),
});

type Written<Properties extends Readonly<Record<string, z.ZodType>>> = z.output<z.ZodObject<Properties>>;
export type ConnectionProperties = Written<ReturnType<typeof connectionProperties>> &
  Partial<Written<ReturnType<typeof pathStyleProperties>>>;

/** Where a service is and who asks it, in plain values. */
export interface Connection {
  readonly region: string | undefined;
  /** Undefined for AWS itself. */
  readonly endpoint: string | undefined;
  readonly forcesPathStyle: boolean;
  /** Whether the server may not know newer checksums. */
  readonly isOldFashioned: boolean;
  /** Undefined: what the worker finds by itself. */
  readonly credentials: AccessKey | undefined;
  readonly role: Role | undefined;
  /** Undefined: as Node and its environment have it. */
  readonly tls?: Tls | undefined;
}

/** How a server and a client make sure of each other. */
export interface Tls {
  /** Certificates to trust, as PEM. */
  readonly ca?: string | undefined;
  /** Certificate and private key to show, as PEM. */
  readonly client?: string | undefined;
  readonly trustsAll: boolean;
}

interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

interface Role {
  readonly arn: string;
  readonly sessionName: string;
  readonly externalId: string | undefined;
  readonly endpoint: string | undefined;
  readonly seconds: number;
}

/** Who asks: for the name of a session. */
export interface Asker {
  readonly namespace: string;
  readonly flowId: string;
}

/** Throws `TaskFailure` for half a key, and for a session that is too short. */
export function connectionOf(properties: ConnectionProperties, asker: Asker): Connection {
  const { endpointOverride: endpoint, compatibilityMode = false, forcePathStyle } = properties;
  return {
    region: regionOf(properties.region, endpoint),
    endpoint,
    forcesPathStyle: forcePathStyle ?? (compatibilityMode || endpoint !== undefined),
    isOldFashioned: compatibilityMode || endpoint !== undefined,
    credentials: keyOf(properties),
    role: roleOf(properties, asker),
  };
}

/** The other tools of AWS read `AWS_DEFAULT_REGION`; the library of this one does not. */
export function regionOf(region: string | undefined, endpoint: string | undefined): string | undefined {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const found = region ?? AWS_REGION ?? AWS_DEFAULT_REGION;
  return found ?? (endpoint === undefined ? undefined : REGION_ELSEWHERE);
}

/** A key, when there is one. Throws `TaskFailure` for half of one. */
export function keyOf(
  properties: Pick<ConnectionProperties, "accessKeyId" | "secretKeyId" | "sessionToken">,
): AccessKey | undefined {
  const { accessKeyId, secretKeyId: secretAccessKey, sessionToken } = properties;
  if (accessKeyId === undefined && secretAccessKey === undefined && sessionToken === undefined) return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new TaskFailure(
      `\`${accessKeyId === undefined ? "accessKeyId" : "secretKeyId"}\` is missing: give \`accessKeyId\` and \`secretKeyId\` together, or neither.`,
    );
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

function roleOf(properties: ConnectionProperties, { namespace, flowId }: Asker): Role | undefined {
  const { stsRoleArn: arn, stsRoleSessionDuration: durationMs } = properties;
  if (arn === undefined) return undefined;
  if (durationMs < SESSION_MS_MIN)
    throw new TaskFailure(
      `\`stsRoleSessionDuration\` is ${formatDuration(durationMs)}: AWS gives no session of less than ${formatDuration(SESSION_MS_MIN)}.`,
    );
  return {
    arn,
    // What a name of a session may be made of, and how long it may be.
    sessionName:
      properties.stsRoleSessionName ?? `capstan-${namespace}-${flowId}`.replaceAll(/[^\w+=,.@-]/g, "-").slice(0, 64),
    externalId: properties.stsRoleExternalId,
    endpoint: properties.stsEndpointOverride,
    seconds: Math.floor(durationMs / 1_000),
  };
}

/** Settings of a client of any service. Loads the library for roles when there is one. */
export async function clientSettings(connection: Connection) {
  const { region, endpoint } = connection;
  const credentials = await credentialsOf(connection);
  return {
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
    // Failures are told by whoever asks, and in the log of the execution.
    logger: SILENT,
    requestHandler: {
      connectionTimeout: CONNECT_MS_MAX,
      socketTimeout: SILENCE_MS_MAX,
      ...(connection.tls !== undefined && { httpsAgent: agentFor(connection.tls) }),
    },
  };
}

function agentFor({ ca, client, trustsAll }: Tls): Agent {
  return new Agent({
    keepAlive: true,
    maxSockets: CONNECTIONS_MAX,
    rejectUnauthorized: !trustsAll,
    ...(ca !== undefined && { ca }),
    ...(client !== undefined && { cert: client, key: client }),
  });
}

const SILENT = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {}

async function credentialsOf({ credentials, role, region }: Connection) {
  if (role === undefined) return credentials;
  const { fromTemporaryCredentials } = await import("@aws-sdk/credential-providers");
  return fromTemporaryCredentials({
    ...(credentials !== undefined && { masterCredentials: credentials }),
    params: {
      RoleArn: role.arn,
      RoleSessionName: role.sessionName,
      DurationSeconds: role.seconds,
      ...(role.externalId !== undefined && { ExternalId: role.externalId }),
    },
    clientConfig: {
      ...(region !== undefined && { region }),
      ...(role.endpoint !== undefined && { endpoint: role.endpoint }),
    },
  });
}
