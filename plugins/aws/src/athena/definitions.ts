import { query } from "./query.ts";

/** Everything of Athena. */
export const athenaDefinitions = [query];
