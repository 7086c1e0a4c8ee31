import { commitForever } from "../../conformance/commit-forever.ts";
import { createPostgresStore } from "./postgres-store.ts";

/** Commits units until it is killed. Arguments: the address of the database, a prefix of ids. */
const [, , url = "", prefix = ""] = process.argv;
// A server that comes back takes longer on a busy machine than anybody who commits waits.
await commitForever(createPostgresStore({ url, patienceMs: () => 60_000 }), prefix);
