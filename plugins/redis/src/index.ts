import { definePlugin } from "@capstan/sdk";
import { jsonDelete } from "./json/delete.ts";
import { jsonGet } from "./json/get.ts";
import { jsonIncrement } from "./json/increment.ts";
import { jsonSet } from "./json/set.ts";
import { listPop } from "./list/list-pop.ts";
import { listPush } from "./list/list-push.ts";
import { realtimeTrigger } from "./list/realtime-trigger.ts";
import { trigger } from "./list/trigger.ts";
import { publish } from "./pubsub/publish.ts";
import { deleteKeys } from "./string/delete.ts";
import { get } from "./string/get.ts";
import { increment } from "./string/increment.ts";
import { set } from "./string/set.ts";
import { ttl } from "./string/ttl.ts";

export default definePlugin({
  name: "redis",
  title: "Redis",
  category: "Messaging",
  definitions: [
    get,
    set,
    deleteKeys,
    increment,
    ttl,
    listPush,
    listPop,
    trigger,
    realtimeTrigger,
    publish,
    jsonGet,
    jsonSet,
    jsonDelete,
    jsonIncrement,
  ],
  testedWith: [
    { types: "io.kestra.plugin.redis", kind: "real", what: "Redis" },
    { types: "io.kestra.plugin.redis.json", kind: "real", what: "Redis with RedisJSON" },
  ],
});
