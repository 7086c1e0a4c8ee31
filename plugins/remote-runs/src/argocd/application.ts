import { dynamic, type Outputs, secret, type TaskLogger, text, textMap } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { connectionOptions, requestOptions } from "../request-options.ts";
import { withoutEffect } from "../without-effect.ts";
import { ask, type ServiceApi } from "../service-api.ts";

/** Of the resources of an application that become outputs. */
export const RESOURCES_MAX = 1_000;

const NO_CLI = "Argo CD is asked by its REST API, without a container.";

/** Which application of which server, and who asks. */
export const applicationProperties = () => ({
  server: text().describe("Address of Argo CD, with or without `https://`, such as argocd.example.com."),
  token: secret().describe("Token of an account or of a project's role."),
  application: text().describe("Name of the application; `namespace/name` outside the namespace of Argo CD."),
  insecure: dynamic(z.boolean())
    .default(false)
    .describe("Whether the certificate of the server is not checked. Default: false."),
  plaintext: dynamic(z.boolean())
    .default(false)
    .describe("Whether the server speaks HTTP without TLS. Default: false."),
  options: requestOptions(),
  serverCert: withoutEffect(text(), "let the worker trust the certificate's issuer (NODE_EXTRA_CA_CERTS)."),
  grpcWeb: withoutEffect(dynamic(z.boolean()), "the REST API needs no gRPC."),
  argoCDVersion: withoutEffect(text(), NO_CLI),
  containerImage: withoutEffect(text(), NO_CLI),
  taskRunner: withoutEffect(z.record(z.string(), z.unknown()), NO_CLI),
  env: withoutEffect(textMap(), NO_CLI),
});

type Properties = z.output<z.ZodObject<ReturnType<typeof applicationProperties>>>;

/** The API of one application. */
export function applicationApi(properties: Properties, log: TaskLogger): ServiceApi {
  const { server, token, application, insecure, plaintext, options } = properties;
  const [name = ""] = application.split("/").slice(-1);
  const host = server
    .trim()
    .replace(/^https?:\/\//, "")
    .replace(/\/+$/, "");
  const isPlain = plaintext || server.trim().startsWith("http://");
  const common = connectionOptions(options, { type: "BEARER", token });
  return {
    name: "Argo CD",
    url: `${isPlain ? "http" : "https"}://${host}/api/v1/applications/${pathPart("application", name)}`,
    log,
    furtherHeaders: options?.headers,
    options: insecure ? { ...common, trustsAllCertificates: true } : common,
  };
}

/** The namespace of an application outside that of Argo CD, as requests name it. */
export function appNamespace(application: string): { readonly appNamespace?: string } {
  const [namespace, ...rest] = application.split("/");
  return rest.length === 0 || namespace === undefined ? {} : { appNamespace: namespace };
}

const info = () => z.array(z.object({ name: z.string().optional(), value: z.string().optional() })).nullish();

export const applicationAnswer = () =>
  z.looseObject({
    metadata: z.looseObject({ name: z.string().optional() }),
    spec: z.unknown().optional(),
    /** There as long as an operation is asked for or under way. */
    operation: z.looseObject({ info: info() }).nullish(),
    status: z
      .looseObject({
        sync: z.looseObject({ status: z.string().optional(), revision: z.string().optional() }).nullish(),
        health: z.looseObject({ status: z.string().optional() }).nullish(),
        conditions: z.array(z.record(z.string(), z.unknown())).nullish(),
        resources: z.array(z.record(z.string(), z.unknown())).nullish(),
        operationState: z
          .looseObject({
            phase: z.string(),
            message: z.string().nullish(),
            startedAt: z.string().nullish(),
            operation: z.looseObject({ info: info() }).nullish(),
            syncResult: z
              .looseObject({
                revision: z.string().nullish(),
                resources: z
                  .array(z.looseObject({ status: z.string().nullish(), message: z.string().nullish() }))
                  .nullish(),
              })
              .nullish(),
          })
          .nullish(),
      })
      .nullish(),
  });

export type Application = z.output<ReturnType<typeof applicationAnswer>>;

/** What Argo CD knows of an application; with `refresh` it compares it with its source before. */
export async function seenApplication(
  api: ServiceApi,
  application: string,
  signal: AbortSignal,
  refresh?: "normal",
): Promise<Application> {
  return ask(api, signal, {
    what: `The status of ${application}`,
    path: "",
    params: { ...appNamespace(application), ...(refresh !== undefined && { refresh }) },
    answer: applicationAnswer,
    isRepeatable: true,
  });
}

export const applicationOutputs = () => ({
  syncStatus: z.string().optional().describe("Synced, OutOfSync or Unknown."),
  healthStatus: z.string().optional().describe("Healthy, Progressing, Degraded, Suspended, Missing or Unknown."),
  resources: z
    .array(z.record(z.string(), z.unknown()))
    .describe(`The application's resources, the first ${RESOURCES_MAX} of them.`),
  app: z
    .record(z.string(), z.unknown())
    .describe("The application: `metadata`, `spec` and `status`, without its resources and history."),
  rawOutput: z.string().describe("`app` as JSON."),
  exitCode: z.int().describe("Always 0."),
  vars: z.record(z.string(), z.unknown()).describe("Always empty."),
  outputFiles: z.record(z.string(), z.string()).describe("Always empty."),
});

export function outputsOf({ metadata, spec, status }: Application, log: TaskLogger): Outputs {
  const { resources, history: _history, ...told } = status ?? {};
  const { syncResult: _syncResult, ...operationState } = told.operationState ?? {};
  const { managedFields: _managedFields, ...named } = metadata;
  const all = resources ?? [];
  if (all.length > RESOURCES_MAX)
    log.warn(`The application has ${all.length} resources; the first ${RESOURCES_MAX} are outputs.`);
  const app = { metadata: named, spec, status: { ...told, ...(told.operationState != null && { operationState }) } };
  return {
    syncStatus: status?.sync?.status,
    healthStatus: status?.health?.status,
    resources: all.slice(0, RESOURCES_MAX),
    app,
    rawOutput: JSON.stringify(app),
    exitCode: 0,
    vars: {},
    outputFiles: {},
  };
}
