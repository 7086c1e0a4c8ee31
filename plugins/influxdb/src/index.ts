import { definePlugin } from "@capstan/sdk";
import { fluxQuery } from "./flux-query.ts";
import { fluxTrigger } from "./flux-trigger.ts";
import { influxqlQuery } from "./influxql-query.ts";
import { load } from "./load.ts";
import { write } from "./write.ts";

export default definePlugin({
  name: "influxdb",
  title: "InfluxDB",
  category: "Databases",
  definitions: [fluxQuery, influxqlQuery, write, load, fluxTrigger],
  testedWith: [
    {
      types: "io.kestra.plugin.influxdb",
      kind: "stand-in",
      what: "a server of the tests that refuses what InfluxDB 2 doesn't document",
    },
  ],
});
