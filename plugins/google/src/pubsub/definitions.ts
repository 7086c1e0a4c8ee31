import { consume } from "./consume.ts";
import { publish } from "./publish.ts";
import { realtimeTrigger } from "./realtime-trigger.ts";
import { trigger } from "./trigger.ts";

/** Everything of Pub/Sub. */
export const pubsubDefinitions = [publish, consume, trigger, realtimeTrigger];
