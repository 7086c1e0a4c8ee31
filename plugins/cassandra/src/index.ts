import { definePlugin } from "@capstan/sdk";
import { query } from "./query.ts";
import { trigger } from "./trigger.ts";

export default definePlugin({
  name: "cassandra",
  title: "Apache Cassandra",
  category: "Databases",
  definitions: [query, trigger],
  testedWith: [{ types: "io.kestra.plugin.cassandra", kind: "real", what: "Apache Cassandra" }],
});
