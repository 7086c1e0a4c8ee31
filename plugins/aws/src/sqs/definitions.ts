import { consume } from "./consume.ts";
import { publish } from "./publish.ts";
import { realtimeTrigger } from "./realtime-trigger.ts";
import { trigger } from "./trigger.ts";

/** Everything of SQS. */
export const sqsDefinitions = [publish, consume, trigger, realtimeTrigger];
