import { parseDuration } from "@capstan/model";
import type { Store, StoreError } from "@capstan/store";
import { createPostgresMembership, createPostgresStore } from "@capstan/store/postgres";
import type { Logger } from "pino";
import type { Configuration } from "./configuration.ts";
import { makeDataFolder } from "./data-store.ts";
import { type Leadership, type MemberToken, reachable, type Self } from "./leadership.ts";

export interface DatabaseStore {
  readonly store: Store;
  /** Resolves when nothing can be committed any more: the process had better end. */
  readonly failed: Promise<StoreError>;
  readonly leadership: Leadership;
}

export interface DatabasePlace {
  readonly url: string;
  /** The address that the server listens on. */
  readonly host: string;
  readonly self: Self;
  readonly token: MemberToken;
  readonly logger: Logger;
}

/**
 * The store in the PostgreSQL database of the settings, which several servers may share; files stay in the data folder, which is
 * made.
 */
export function openDatabaseStore(
  { data, database, cluster }: Configuration,
  { url, host, self, token: { token, fingerprint }, logger }: DatabasePlace,
): DatabaseStore {
  makeDataFolder(data);
  const failed = Promise.withResolvers<StoreError>();
  const standingBy = Promise.withResolvers<void>();
  const leaseMs = parseDuration(cluster.lease)!;
  const { password, schema } = database;
  const store = createPostgresStore({
    url,
    password,
    schema,
    standby: { member: self.id, leaseMs, onWait: standingBy.resolve },
    connectionsMax: database.poolSize,
    statementMsMax: parseDuration(database.statementTimeout),
    silenceMsMax: parseDuration(database.networkTimeout),
    partitionDays: database.partitionDays,
    startMsMax: parseDuration(database.startTimeout),
    onConnection: (change) => {
      if (change.isUp) logger.warn("the database answers again");
      else logger.error({ reason: change.error.message }, "the database does not answer; it is tried again");
    },
    onFailure: failed.resolve,
  });
  const leadership = {
    membership: createPostgresMembership({ url, password, schema, self, fingerprint, leaseMs }),
    self,
    token,
    standingBy: standingBy.promise,
    addressOf: (listening: string) => cluster.address ?? reachable(listening, host),
  };
  return { store, failed: failed.promise, leadership };
}
