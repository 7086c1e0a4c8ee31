import type { RequestError } from "@capstan/runtime";

/** As the runtime refuses; told by its shape, as if it had crossed a thread. */
export function requestError(
  code: string,
  status: number,
  message: string,
  problems: readonly string[] = [],
): RequestError {
  return Object.assign(new Error(message), { name: "RequestError", code, status, problems });
}
