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
  testedWith: [
    {
      types: "io.kestra.plugin.grafana",
      kind: "stand-in",
      what: "a server made after Loki's documentation; with `CAPSTAN_LOKI_URL` the same tests ask a real one",
    },
    {
      types: "io.kestra.plugin.loki",
      kind: "stand-in",
      what: "a server made after Loki's documentation; with `CAPSTAN_LOKI_URL` the same tests ask a real one",
    },
  ],
});
