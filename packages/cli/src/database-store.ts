import { parseDuration } from "@capstan/model";
import type { Store, StoreError } from "@capstan/store";
import { createPostgresStore } from "@capstan/store/postgres";
import type { Logger } from "pino";
import type { Configuration } from "./configuration.ts";
import { makeDataFolder } from "./data-store.ts";

export interface DatabaseStore {
  readonly store: Store;
  /** Resolves when nothing can be committed any more: the process had better end. */
  readonly failed: Promise<StoreError>;
}

/** The store in the PostgreSQL database of the settings; files stay in the data folder, which is made. */
export async function openDatabaseStore(
  { data, database }: Configuration,
  url: string,
  logger: Logger,
): Promise<DatabaseStore> {
  await makeDataFolder(data);
  const failed = Promise.withResolvers<StoreError>();
  const store = createPostgresStore({
    url,
    password: database.password,
    schema: database.schema,
    connectionsMax: database.poolSize,
    statementMsMax: parseDuration(database.statementTimeout),
    startMsMax: parseDuration(database.startTimeout),
    onConnection: (change) => {
      if (change.isUp) logger.warn("the database answers again");
      else logger.error({ reason: change.error.message }, "the database does not answer; it is tried again");
    },
    onFailure: failed.resolve,
  });
  return { store, failed: failed.promise };
}
