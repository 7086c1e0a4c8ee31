import { loadFromGcs } from "./load-from-gcs.ts";
import { load } from "./load.ts";
import { query } from "./query.ts";

export const bigqueryDefinitions = [query, load, loadFromGcs];
