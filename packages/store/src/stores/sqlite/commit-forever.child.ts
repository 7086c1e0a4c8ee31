import { commitForever } from "../../conformance/commit-forever.ts";
import { createSqliteStore } from "./sqlite-store.ts";

/** Commits units until it is killed. Arguments: the database, a prefix of ids. */
const [, , path = "", prefix = ""] = process.argv;
await commitForever(createSqliteStore({ path }), prefix);
