import { TaskFailure } from "@capstan/sdk";
import type { HttpAuth } from "@capstan/sdk/http";
import { parseDuration } from "@capstan/model";
import { textOf } from "./arguments.ts";

/** How long an expression waits for an answer, in milliseconds, unless `options.timeout` says otherwise. */
const HTTP_TIMEOUT_MS = 30_000;

/** The argument `options` of `http()`, in one spelling and with defaults. */
export interface HttpOptions {
  readonly timeoutMs: number;
  readonly followsRedirects: boolean;
  readonly auth: HttpAuth | undefined;
  /** Whether a status is no failure. */
  isAccepted(status: number): boolean;
}

type Options = Readonly<Record<string, unknown>>;

/** Throws `TaskFailure` for what is no map, and for options that only the HTTP tasks know. */
export function httpOptionsOf(given: unknown): HttpOptions {
  const options = mapOf("options", given);
  for (const name of Object.keys(options)) {
    if (!KNOWN.has(name))
      throw new TaskFailure(`http() has no option \`${name}\`; it knows ${[...KNOWN].join(", ")}. Use an HTTP task.`);
  }
  const { allowFailed, allowedResponseCodes, followRedirects } = options;
  const allowed = Array.isArray(allowedResponseCodes) ? new Set(allowedResponseCodes.map(Number)) : undefined;
  return {
    timeoutMs: timeoutOf(options),
    followsRedirects: followRedirects !== false,
    auth: authOf(options),
    isAccepted: (status) => allowFailed === true || (allowed === undefined ? status < 400 : allowed.has(status)),
  };
}

const KNOWN: ReadonlySet<string> = new Set([
  "auth",
  "allowFailed",
  "allowedResponseCodes",
  "followRedirects",
  "timeout",
  "connectTimeout",
  "readIdleTimeout",
  "readTimeout",
  "basicAuthUser",
  "basicAuthPassword",
]);

/** An argument that must be a map; absent, it is an empty one. */
export function mapOf(name: string, value: unknown): Options {
  if (value === undefined || value === null) return {};
  if (typeof value === "object" && !Array.isArray(value)) return value as Options;
  throw new TaskFailure(`the argument \`${name}\` must be a map`);
}

function timeoutOf(options: Options): number {
  const { readIdleTimeout, connectTimeout } = { ...options, ...mapOf("options.timeout", options["timeout"]) };
  const text = readIdleTimeout ?? options["readTimeout"] ?? connectTimeout;
  if (text === undefined || text === null) return HTTP_TIMEOUT_MS;
  const timeoutMs = parseDuration(textOf("options.timeout", text));
  if (timeoutMs === undefined || timeoutMs <= 0)
    throw new TaskFailure("the argument `options.timeout` must hold a duration like PT30S");
  return timeoutMs;
}

function authOf(options: Options): HttpAuth | undefined {
  const { basicAuthUser, basicAuthPassword } = options;
  if (basicAuthUser !== undefined) return basic(basicAuthUser, basicAuthPassword);
  const auth = mapOf("options.auth", options["auth"]);
  const { type, username, password, token } = auth;
  if (type === undefined) return undefined;
  if (type === "BASIC" || type === "BASIC_AUTH") return basic(username, password);
  if (type === "BEARER") return { type, token: textOf("options.auth.token", token) };
  throw new TaskFailure("`options.auth.type` must be BASIC or BEARER");
}

function basic(username: unknown, password: unknown): HttpAuth {
  return {
    type: "BASIC",
    username: textOf("options.auth.username", username ?? ""),
    password: textOf("options.auth.password", password ?? ""),
  };
}
