import type { Store } from "@capstan/store";

/** Whether work can be taken. */
export const READINESS: readonly string[] = ["/health", "/health/readiness"];
/** Whether there is a process at all: one whose store is on a full disk must not be started again for that. */
export const LIVENESS = "/health/liveness";

/** Whether the store answers. */
export async function isStoreUp(store: Store, failed: (error: unknown) => void): Promise<boolean> {
  try {
    await store.documents.get({ tenant: "main", kind: "health", id: "probe" });
    return true;
  } catch (error) {
    failed(error);
    return false;
  }
}
