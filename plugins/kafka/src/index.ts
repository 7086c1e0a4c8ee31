import { definePlugin } from "@capstan/sdk";
import { consume } from "./consume.ts";
import { produce } from "./produce.ts";
import { realtimeTrigger } from "./realtime-trigger.ts";
import { trigger } from "./trigger.ts";

export default definePlugin({
  name: "kafka",
  title: "Kafka",
  category: "Messaging",
  definitions: [produce, consume, trigger, realtimeTrigger],
  testedWith: [{ types: "io.kestra.plugin.kafka", kind: "real", what: "Apache Kafka 4.1" }],
});
