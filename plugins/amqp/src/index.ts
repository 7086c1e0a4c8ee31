import { definePlugin } from "@capstan/sdk";
import { consume } from "./consume.ts";
import { createQueue } from "./create-queue.ts";
import { declareExchange } from "./declare-exchange.ts";
import { publish } from "./publish.ts";
import { queueBind } from "./queue-bind.ts";
import { realtimeTrigger } from "./realtime-trigger.ts";

export default definePlugin({
  name: "amqp",
  title: "AMQP",
  category: "Messaging",
  definitions: [publish, consume, realtimeTrigger, createQueue, declareExchange, queueBind],
  testedWith: [{ types: "io.kestra.plugin.amqp", kind: "real", what: "RabbitMQ" }],
});
