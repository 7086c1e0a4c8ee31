import type { RequestError } from "@capstan/runtime";
import { STORAGE_ERRORS } from "@capstan/storage";
import { STORE_ERRORS } from "@capstan/store";
import { MACHINE_STATUSES, type RefusalCode, statusOf } from "./errors.ts";

/** A request that is answered with a problem: what is wrong and what to do, as data. Never holds a secret or a stack. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly status: number;
  readonly problems: readonly string[];
  /** The status is that of the code, but for what the HTTP library refuses. */
  constructor(code: RefusalCode, message: string, problems: readonly string[] = [], status: number = statusOf(code)) {
    super(message);
    this.name = "Refusal";
    this.code = code;
    this.status = status;
    this.problems = problems;
  }
}

/** One of many that a change can't take, as clients read it. */
export interface Invalid {
  readonly message: string;
  readonly invalidValue: string;
}

/** Of many that were to be changed, some can't be, and so none was. `action` says what was to be done, as Kestra calls it. */
export class BulkRefusal extends Refusal {
  readonly invalids: readonly Invalid[];
  constructor(action: string, invalids: readonly Invalid[]) {
    const problems = invalids.map(({ message, invalidValue }) => `${invalidValue}: ${message}`);
    super("bulk-refused", `invalid bulk ${action}: nothing was changed`, problems);
    this.invalids = invalids;
  }
}

/** The refusal in an error: ours, the runtime's, the storage's or the HTTP library's; undefined for everything else. */
export function asRefusal(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (!(error instanceof Error)) return undefined;
  if (isRequestError(error)) return new Refusal(error.code, error.message, error.problems, error.status);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (isMachineCode(code)) return machineRefusal(code, error);
  const known = LIBRARY[code];
  if (known !== undefined) return new Refusal(known.code, known.message);
  const status = "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : 500;
  if (code.startsWith("FST_") && status < 500) return new Refusal("request-invalid", error.message, [], status);
  return undefined;
}

type MachineCode = keyof typeof MACHINE_STATUSES;

function isMachineCode(code: string): code is MachineCode {
  return Object.hasOwn(MACHINE_STATUSES, code);
}

/** What is not the caller's mistake is fine again once the machine is; details of it stay in the server's log. */
function machineRefusal(code: MachineCode, error: Error): Refusal {
  const { title, hint } = MACHINE_ERRORS[code];
  return new Refusal(code, statusOf(code) === 503 ? `${title}. ${hint}` : `${error.message}. ${hint}`);
}

const MACHINE_ERRORS = { ...STORE_ERRORS, ...STORAGE_ERRORS };

/** The refusal to answer with, also of an error that says nothing to the caller: the log tells of it under the id. */
export function refusalOf(error: unknown, requestId: string): Refusal {
  return asRefusal(error) ?? new Refusal("internal", `The server failed; its log tells why under request ${requestId}`);
}

/** Recognised by its shape: an error that crossed a thread has lost its class. */
function isRequestError(error: Error): error is RequestError {
  return (
    error.name === "RequestError" &&
    "status" in error &&
    typeof error.status === "number" &&
    "code" in error &&
    typeof error.code === "string" &&
    "problems" in error &&
    Array.isArray(error.problems)
  );
}

/** What the HTTP library refuses with codes of its own. */
const LIBRARY: Readonly<Record<string, { readonly code: RefusalCode; readonly message: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: "body-too-large", message: "The body is larger than this route takes" },
  FST_REQ_FILE_TOO_LARGE: { code: "body-too-large", message: "An uploaded file is larger than the server takes" },
  FST_PARTS_LIMIT: { code: "too-many-parts", message: "The form has more parts than the server takes" },
  FST_FILES_LIMIT: { code: "too-many-parts", message: "The form has more files than the server takes" },
  FST_FIELDS_LIMIT: { code: "too-many-parts", message: "The form has more fields than the server takes" },
  FST_INVALID_JSON_FIELD_ERROR: {
    code: "multipart-invalid",
    message: "A part of the form says that it is application/json, and is not",
  },
  FST_INVALID_MULTIPART_CONTENT_TYPE: { code: "multipart-invalid", message: "The body is not a form" },
};

/** The body of an answer that refuses, for clients of every generation. */
export function problemBody(refusal: Refusal, url: string): object {
  const path = url.split("?", 1)[0] ?? url;
  const problems = refusal.problems.length > 0 ? refusal.problems : [refusal.message];
  const said = [refusal.message, ...refusal.problems.filter((one) => !refusal.message.includes(one))].join("\n");
  return {
    type: `urn:capstan:problem:${refusal.code}`,
    title: TITLES[refusal.status] ?? "Refused",
    status: refusal.status,
    detail: said,
    code: refusal.code,
    message: said,
    path,
    _links: { self: { href: path, templated: false } },
    _embedded: { errors: problems.map((message) => ({ message })) },
    ...(refusal instanceof BulkRefusal && { invalids: refusal.invalids }),
  };
}

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  410: "Gone",
  405: "Method Not Allowed",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};
