/** Functions that only a host can provide: name → parameters in the order of positional arguments. */
export const hostFunctionSignatures = {
  appLink: ["appId", "baseUrl"],
  decrypt: ["key", "encrypted"],
  encrypt: ["key", "plaintext"],
  env: ["name", "default"],
  errorLogs: [],
  fileExists: ["path", "namespace"],
  fileSize: ["path", "namespace"],
  fileURI: ["path", "namespace", "version"],
  http: ["uri", "method", "query", "body", "contentType", "headers", "options", "accept"],
  isFileEmpty: ["path", "namespace"],
  kv: ["key", "namespace", "errorOnMissing"],
  randomPort: [],
  read: ["path", "namespace", "version"],
  secret: ["key", "namespace", "subkey"],
  subflow: ["namespace", "id", "inputs", "revision", "labels", "timeout"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type HostFunctionName = keyof typeof hostFunctionSignatures;
