import { consume } from "./consume.ts";
import { putRecords } from "./put-records.ts";
import { trigger } from "./trigger.ts";

/** Everything of Kinesis. */
export const kinesisDefinitions = [putRecords, consume, trigger];
