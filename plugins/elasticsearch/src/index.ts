import { definePlugin } from "@capstan/sdk";
import { bulkTask } from "./bulk.ts";
import { elasticsearch, type Engine, opensearch } from "./engine.ts";
import { esql } from "./esql.ts";
import { getTask } from "./get.ts";
import { loadTask } from "./load.ts";
import { ppl } from "./ppl.ts";
import { putTask } from "./put.ts";
import { requestTask } from "./request.ts";
import { scrollTask } from "./scroll.ts";
import { searchTask } from "./search.ts";

const typesOf = (engine: Engine) => [
  searchTask(engine),
  scrollTask(engine),
  getTask(engine),
  putTask(engine),
  loadTask(engine),
  bulkTask(engine),
  requestTask(engine),
];

export default definePlugin({
  name: "elasticsearch",
  title: "Elasticsearch and OpenSearch",
  category: "Databases",
  definitions: [...typesOf(elasticsearch), esql, ...typesOf(opensearch), ppl],
  testedWith: [
    { types: "io.kestra.plugin.elasticsearch", kind: "alike", what: "OpenSearch" },
    { types: "io.kestra.plugin.elasticsearch.Esql", kind: "stand-in", what: "a server that checks what is asked" },
    { types: "io.kestra.plugin.opensearch", kind: "real", what: "OpenSearch" },
    { types: "io.kestra.plugin.opensearch.Ppl", kind: "stand-in", what: "a server that checks what is asked" },
  ],
});
