import { access, constants, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createSqliteStore, type Store } from "@capstan/store";
import { Mistake } from "./mistake.ts";

/**
 * The store in the folder `data`, which is made. It begins to open at once, in a thread of its own, while the rest of Capstan is
 * loaded; whoever starts it waits for that, or hears why it can't be opened.
 */
export async function openDataStore(data: string): Promise<Store> {
  await makeDataFolder(data);
  const store = createSqliteStore({ path: join(data, "capstan.db") });
  store.start().catch(() => undefined); // The next who starts it is told.
  return store;
}

async function makeDataFolder(data: string): Promise<void> {
  try {
    await mkdir(data, { recursive: true });
    await access(data, constants.W_OK);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new Mistake(`the data folder ${data} can't be written (${reason}) — choose another one with --data`, {
      cause: error,
      exitCode: 1,
    });
  }
}
