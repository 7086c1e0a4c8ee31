import { REQUEST_ERRORS, type RequestError, type RequestErrorCode } from "@capstan/runtime";

/** As the runtime refuses; told by its shape, as if it had crossed a thread. */
export function requestError(code: RequestErrorCode, message: string, problems: readonly string[] = []): RequestError {
  const { status } = REQUEST_ERRORS[code];
  return Object.assign(new Error(message), { name: "RequestError", code, status, problems });
}
