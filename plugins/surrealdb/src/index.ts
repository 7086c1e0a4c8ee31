import { definePlugin } from "@capstan/sdk";
import { query } from "./query.ts";
import { trigger } from "./trigger.ts";

export default definePlugin({
  name: "surrealdb",
  title: "SurrealDB",
  category: "Databases",
  definitions: [query, trigger],
  testedWith: [
    {
      types: "io.kestra.plugin.surrealdb",
      kind: "alike",
      what: "the engine of SurrealDB, behind its protocol over HTTP",
    },
  ],
});
