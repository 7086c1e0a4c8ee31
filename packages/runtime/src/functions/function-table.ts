import { instantText, type JsonValue } from "@capstan/model";
import { createServer } from "node:net";
import {
  ExpressionError,
  type FunctionTable,
  type HostFunction,
  hostFunctionSignatures,
  isPromise,
} from "@capstan/expression";
import { TaskFailure } from "@capstan/sdk";
import { optionalText, textOf } from "./arguments.ts";
import { decrypt, encrypt } from "./encryption.ts";
import { fileFunctions } from "./files.ts";
import type { FunctionHost } from "./function-host.ts";
import { httpCall } from "./http.ts";

type Given = Record<string, unknown>;
type Call = (host: FunctionHost, args: Given) => unknown;

const calls = {
  kv: keyValue,
  secret: secretOf,
  http: (host, args) => httpCall(args, host.egress),
  ...fileFunctions,
  errorLogs,
  encrypt: (_host, { key, plaintext }) => encrypt(textOf("key", key), textOf("plaintext", plaintext)),
  decrypt: (_host, { key, encrypted }) => decrypt(textOf("key", key), textOf("encrypted", encrypted)),
  randomPort,
  env: environmentVariable,
} satisfies Partial<Record<keyof typeof hostFunctionSignatures, Call>>;

/**
 * The functions of the expression language that need the platform. They are written over the interfaces of the SDK, so they
 * work in a worker thread and in the executor alike; those that wait answer promises, which suspend the evaluation. The
 * environment's `host` must be a `FunctionHost`.
 */
export const hostFunctions: FunctionTable = Object.fromEntries(
  Object.entries<Call>(calls).map(([name, call]): [string, HostFunction] => [
    name,
    {
      parameters: hostFunctionSignatures[name as keyof typeof calls],
      call: (args, { environment }) => explaining(() => call(environment.host as FunctionHost, args)),
    },
  ]),
);

/** What a function can't do is a mistake of the expression that calls it, wherever that is evaluated. */
function explaining(call: () => unknown): unknown {
  try {
    const result = call();
    return isPromise(result) ? result.catch(refuse) : result;
  } catch (error) {
    return refuse(error);
  }
}

function refuse(error: unknown): never {
  throw error instanceof TaskFailure ? new ExpressionError("FUNCTION", error.message, { cause: error }) : error;
}

async function keyValue(host: FunctionHost, { key, namespace, errorOnMissing }: Given): Promise<unknown> {
  const name = textOf("key", key);
  const where = optionalText("namespace", namespace);
  const found = await host.services.keyValues.get(where ?? host.namespace, name, { inherit: where === undefined });
  if (found !== undefined) return found.type === "NUMBER" ? numberOf(found.value) : found.value;
  if (errorOnMissing === false) return null;
  throw new TaskFailure(`The key '${name}' does not exist in the namespace '${where ?? host.namespace}'.`);
}

/** Whole numbers that a JavaScript number would change are stored as their digits. */
function numberOf(value: JsonValue): JsonValue | bigint {
  return typeof value === "string" && /^-?\d+$/.test(value) ? BigInt(value) : value;
}

async function secretOf(host: FunctionHost, { key, namespace, subkey }: Given): Promise<string> {
  const name = textOf("key", key);
  const where = optionalText("namespace", namespace) ?? host.namespace;
  const value = await host.services.secret(where, name, optionalText("subkey", subkey));
  host.onSecret?.(value);
  return value;
}

async function errorLogs({ executionId, services }: FunctionHost): Promise<unknown> {
  if (executionId === undefined) throw new TaskFailure("errorLogs() needs an execution");
  const records = await services.executions.logs({ executionId, minimumLevel: "ERROR" });
  return records.map(({ time, level, message, taskId, taskRunId, attempt, value }) => ({
    timestamp: instantText(time),
    level,
    message,
    ...(taskId === undefined ? {} : { taskId }),
    ...(taskRunId === undefined ? {} : { taskRunId }),
    ...(attempt === undefined ? {} : { attemptNumber: attempt }),
    ...(value === undefined ? {} : { value }),
  }));
}

function environmentVariable({ envs }: FunctionHost, { name, default: fallback }: Given): unknown {
  const wanted = textOf("name", name);
  const key = [wanted, wanted.toLowerCase()].find((candidate) => Object.hasOwn(envs, candidate));
  const value = key === undefined ? null : envs[key];
  return value === null || value === "" ? (fallback ?? value) : value;
}

/** A port that was free a moment ago. */
function randomPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
