/** The door to the store in PostgreSQL, apart from the other one: who has no such database loads none of it. */
export { type PostgresStoreOptions, createPostgresStore } from "./stores/postgres/postgres-store.ts";
export type { ConnectionChange } from "./stores/postgres/writer.ts";
export { createPostgresMembership, type MembershipOptions } from "./stores/postgres/membership.ts";
export type { Standby } from "./stores/postgres/schema-lock.ts";
export { openPostgresTransfer } from "./stores/postgres/postgres-transfer.ts";
