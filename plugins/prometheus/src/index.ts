import { definePlugin } from "@capstan/sdk";
import { push } from "./push.ts";
import { query } from "./query.ts";
import { trigger } from "./trigger.ts";

export default definePlugin({
  name: "prometheus",
  title: "Prometheus",
  category: "Observability",
  definitions: [query, push, trigger],
  testedWith: [{ types: "io.kestra.plugin.prometheus", kind: "real", what: "Prometheus and its Pushgateway" }],
});
