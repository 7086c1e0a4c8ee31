/** Why a library that calls Node's `fetch` failed: `fetch` itself says so only in the cause of its error. */
export function failureReason({ message, cause }: Error): string {
  return cause instanceof Error && cause.message !== "" ? `${message} (${cause.message})` : message;
}
