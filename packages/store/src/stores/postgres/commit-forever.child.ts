import { commitForever } from "../../conformance/commit-forever.ts";
import { createPostgresStore } from "./postgres-store.ts";

/** Commits units until it is killed. Arguments: the address of the database, a prefix of ids. */
const [, , url = "", prefix = ""] = process.argv;
await commitForever(createPostgresStore({ url }), prefix);
