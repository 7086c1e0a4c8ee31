import { optional, type Parameter, required } from "../evaluation/definition.ts";

/** A function that only a host can provide: what the reference and the static checks know of it. */
interface HostFunctionDescription {
  readonly summary: string;
  readonly parameters: readonly Parameter[];
  /** How it is called; what it answers depends on the host. */
  readonly example: string;
}

const path = required("path", "a `kestra:///…` address, or the path of a namespace file");
const fileNamespace = optional("namespace", undefined, "of the file; the flow's by default");
const version = optional("version", undefined, "of the namespace file");
const revision = optional("revision", undefined, "newer name of `version`");

/** Functions that the host provides, by name. */
export const hostFunctions = {
  decrypt: {
    summary: "The text that `encrypt` made unreadable.",
    parameters: [required("key", "the Base64 key"), required("encrypted")],
    example: "decrypt(secret('KEY'), inputs.encrypted)",
  },
  encrypt: {
    summary: "Encrypts a text by AES-GCM.",
    parameters: [required("key", "Base64 of 16, 24 or 32 bytes"), required("plaintext")],
    example: "encrypt(secret('KEY'), 'text')",
  },
  env: {
    summary: "A variable of the server's environment that flows may read.",
    parameters: [required("name"), optional("default", null)],
    example: "env('region', 'eu-west-1')",
  },
  errorLogs: {
    summary: "The error logs of this execution: a list of maps with `taskId`, `message`, `level`, `timestamp`, …",
    parameters: [],
    example: "errorLogs()[0].message",
  },
  fileExists: {
    summary: "Whether there is such a file.",
    parameters: [path, fileNamespace],
    example: "fileExists('data.csv')",
  },
  fileSize: {
    summary: "The size of a file in bytes.",
    parameters: [path, fileNamespace],
    example: "fileSize(outputs.download.uri)",
  },
  fileURI: {
    summary: "The `kestra:///…` address of a namespace file.",
    parameters: [path, fileNamespace, version, revision],
    example: "fileURI('scripts/main.py')",
  },
  http: {
    summary: "The body of the answer to a request, parsed when it is JSON or YAML. A status from 400 is an error.",
    parameters: [
      required("uri"),
      optional("method", "GET"),
      optional("query", undefined, "a map"),
      optional("body"),
      optional("contentType", "application/json"),
      optional("headers", undefined, "a map"),
      optional("options", undefined, "a map"),
      optional("accept", "application/json"),
    ],
    example: "http('https://api.example.com/items', query={'page': 1})[0].id",
  },
  isFileEmpty: {
    summary: "Whether a file has no content.",
    parameters: [path, fileNamespace],
    example: "isFileEmpty(outputs.download.uri)",
  },
  kv: {
    summary: "A value of the key-value store.",
    parameters: [
      required("key"),
      optional("namespace", undefined, "the flow's and those above it by default"),
      optional("errorOnMissing", true, "otherwise a key that is missing is null"),
    ],
    example: "kv('last_run', errorOnMissing=false)",
  },
  randomPort: {
    summary: "A port of this machine that is free.",
    parameters: [],
    example: "randomPort()",
  },
  read: {
    summary: "The content of a file as text.",
    parameters: [path, fileNamespace, version, revision],
    example: "read(outputs.download.uri)",
  },
  secret: {
    summary: "A secret. It is masked in logs and outputs.",
    parameters: [
      required("key"),
      optional("namespace", undefined, "the flow's by default"),
      optional("subkey", undefined, "a field of a secret that is a JSON map"),
    ],
    example: "secret('API_TOKEN')",
  },
} as const satisfies Readonly<Record<string, HostFunctionDescription>>;

export type HostFunctionName = keyof typeof hostFunctions;

type Signatures = Readonly<Record<HostFunctionName, readonly string[]>>;

/** Names of the parameters of the host's functions, in the order of positional arguments. */
export const hostFunctionSignatures: Signatures = Object.fromEntries(
  Object.entries(hostFunctions).map(([name, { parameters }]) => [name, parameters.map((parameter) => parameter.name)]),
) as Partial<Signatures> as Signatures;
