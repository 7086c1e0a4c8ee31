import type { Store } from "@capstan/store";

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
