import { push } from "./push.ts";
import { query } from "./query.ts";
import { trigger } from "./trigger.ts";

/** Everything of CloudWatch. */
export const cloudwatchDefinitions = [query, push, trigger];
