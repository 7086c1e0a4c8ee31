import { definePlugin } from "@capstan/sdk";
import { query } from "./query.ts";
import { schedule } from "./schedule.ts";
import { signal } from "./signal.ts";
import { trigger } from "./trigger.ts";
import { update } from "./update.ts";
import { wait } from "./wait.ts";

export default definePlugin({
  name: "temporal",
  title: "Temporal",
  category: "Data movement and schedulers",
  definitions: [trigger, wait, signal, query, update, schedule],
  testedWith: [{ types: "io.kestra.plugin.temporal", kind: "real", what: "the development server of Temporal" }],
});
