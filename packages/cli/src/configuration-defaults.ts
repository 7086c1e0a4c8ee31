import { REQUEST_LIMITS } from "@capstan/api";
import type { MemberRole } from "@capstan/store";
import type { Environment } from "./process-environment.ts";

/**
 * What every setting is when nobody sets it; `configuration.ts` says what each does. Apart from the schemas of the settings, because
 * to load those takes longer than to open the database.
 */
export const CONFIGURATION_DEFAULTS = Object.freeze({
  server: {
    host: "127.0.0.1",
    port: 8080,
    basicAuth: { openUrls: [] as string[] },
    apiTokens: [] as string[],
    trustedProxies: ["127.0.0.1", "::1"],
    url: "",
    allowedOrigins: [] as string[],
    limits: REQUEST_LIMITS,
    idempotency: { retention: "PT24H" },
  },
  data: ".capstan",
  database: {
    schema: "capstan",
    poolSize: 4,
    partitionDays: 1,
    statementTimeout: "PT30S",
    networkTimeout: "PT10S",
    startTimeout: "PT1M",
  },
  cluster: { lease: "PT5S", roles: ["executor", "webserver", "worker"] as MemberRole[] },
  storage: {
    type: "local" as const,
    s3: {
      prefix: "",
      partBytes: 8 * 1_048_576,
      requestTimeout: "PT30S",
      startTimeout: "PT1M",
      presignedDownloads: false,
    },
  },
  workers: {
    tokens: [] as { name: string; token: string; groups: string[] }[],
    lostAfter: "PT30S",
    local: true,
    assignments: [] as {
      tenant?: string;
      namespace?: string;
      group: string;
      fallback: "WAIT" | "FAIL" | "CANCEL" | "IGNORE";
    }[],
  },
  worker: { groups: [] as string[], grace: "PT30S", concurrency: 128 },
  plugins: { folder: "", packages: [] as string[], allow: [] as string[] },
  taskRunners: { docker: "docker" as const, default: "auto" as const },
  egress: { allow: [] as string[], deny: [] as string[], privateNetworks: "allow" as const },
  localFiles: { readablePaths: [] as string[], writablePaths: [] as string[] },
  executions: { descendantsMax: 100_000 },
  flowControl: { concurrency: [], quotas: [], tasks: [] },
  retention: { executions: "forever", rules: [] },
  triggers: { pollTimeout: "PT5M" },
  logging: { level: "info" as const },
  variables: { globals: {}, envPrefixes: ["ENV_", "KESTRA_"] },
  encryption: {},
  secrets: {},
});

/** Whether a file or a variable may set something, or have a mistake that its user must hear of. */
export function mayBeConfigured(file: string | undefined, environment: Environment): boolean {
  return file !== undefined || Object.keys(environment).some((name) => name.startsWith("CAPSTAN_"));
}
