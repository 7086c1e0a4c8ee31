import { definePlugin } from "@capstan/sdk";
import { consume } from "./core/consume.ts";
import { produce } from "./core/produce.ts";
import { realtimeTrigger } from "./core/realtime-trigger.ts";
import { request } from "./core/request.ts";
import { trigger } from "./core/trigger.ts";
import { createBucket } from "./kv/create-bucket.ts";
import { deleteKeys } from "./kv/delete.ts";
import { get } from "./kv/get.ts";
import { put } from "./kv/put.ts";

export default definePlugin({
  name: "nats",
  title: "NATS",
  category: "Messaging",
  definitions: [produce, consume, request, trigger, realtimeTrigger, createBucket, put, get, deleteKeys],
  testedWith: [{ types: "io.kestra.plugin.nats", kind: "real", what: "NATS" }],
});
