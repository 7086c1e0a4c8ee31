import type { BatchItem, ExecutionRow } from "@capstan/engine";
import { executionFolder, StorageError, type Storage } from "@capstan/storage";

/** The files that a start brought, below the id that its execution was to have. They belong to the execution that takes it. */
export interface StartFiles {
  /** Moves them below that execution; answers the start as it is to be added, with their new addresses. */
  to(executionId: string): Promise<BatchItem>;
  /** Moves them back, where it becomes an execution of its own. */
  back(): Promise<void>;
}

/** Undefined for a start that names no file of its own, which nearly all do not. */
export function filesOf(storage: Storage, row: ExecutionRow, item: BatchItem): StartFiles | undefined {
  const { tenant, namespace, flowId, id } = row;
  const folderOf = (executionId: string) => executionFolder({ namespace, flowId, executionId });
  const home = folderOf(id);
  const text = JSON.stringify(item);
  if (!text.includes(`${home}/`)) return undefined;
  let place = home;
  const move = async (to: string): Promise<boolean> => {
    try {
      if (to !== place) await storage.move(tenant, place, to);
    } catch (error) {
      if (error instanceof StorageError && error.code === "file-not-found") return false;
      throw error;
    }
    place = to;
    return true;
  };
  return {
    to: async (executionId) => {
      const folder = `${folderOf(executionId)}/starts/${id}`;
      const isMoved = await move(folder);
      return isMoved ? (JSON.parse(text.replaceAll(`${home}/`, `${folder}/`)) as BatchItem) : item;
    },
    back: async () => void (await move(home)),
  };
}
