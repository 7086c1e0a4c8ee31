import { commitForever } from "../../conformance/commit-forever.ts";
import { createPostgresMembership } from "./membership.ts";
import { createPostgresStore } from "./postgres-store.ts";

/**
 * Commits units as the member that leads, until it is killed or put out. Arguments: the address of the database, a prefix of ids,
 * the time of a lease in milliseconds.
 */
const [, , url = "", prefix = "", lease = ""] = process.argv;
const self = { id: prefix, name: prefix, version: "1.0.0", roles: ["executor"] } as const;
const leaseMs = Number(lease);
const membership = createPostgresMembership({ url, schema: "capstan", self, leaseMs });
membership.start();
const store = createPostgresStore({
  url,
  standby: { member: prefix, leaseMs },
  onFailure: () => process.exit(3),
});
await store.start();
membership.announce({ state: "LEADING", address: `http://${prefix}:1` });
await commitForever(store, prefix);
