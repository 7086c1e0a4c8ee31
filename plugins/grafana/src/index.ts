import { definePlugin } from "@capstan/sdk";
import { linesQuery } from "./loki/lines-query.ts";
import { query } from "./loki/query.ts";
import { queryRange } from "./loki/query-range.ts";
import { trigger } from "./loki/trigger.ts";

export default definePlugin({
  name: "grafana",
  title: "Grafana Loki",
  category: "Observability",
  definitions: [query, queryRange, linesQuery, trigger],
});
