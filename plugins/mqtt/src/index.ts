import { definePlugin } from "@capstan/sdk";
import { publish } from "./publish.ts";
import { realtimeTrigger } from "./realtime-trigger.ts";
import { subscribe } from "./subscribe.ts";

export default definePlugin({
  name: "mqtt",
  title: "MQTT",
  category: "Messaging",
  definitions: [publish, subscribe, realtimeTrigger],
  testedWith: [{ types: "io.kestra.plugin.mqtt", kind: "real", what: "Mosquitto" }],
});
