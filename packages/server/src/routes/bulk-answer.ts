import { randomUUID } from "node:crypto";

/** What a bulk change answers, in the words of every generation of clients. */
export function bulkAnswer(count: number) {
  return { count, totalItems: count, operationId: randomUUID() };
}
