import { definePlugin } from "@capstan/sdk";
import { aggregate } from "./aggregate.ts";
import { bulk } from "./bulk.ts";
import { deleteDocuments } from "./delete.ts";
import { find } from "./find.ts";
import { insertOne } from "./insert-one.ts";
import { load } from "./load.ts";
import { trigger } from "./trigger.ts";
import { update } from "./update.ts";

export default definePlugin({
  name: "mongodb",
  title: "MongoDB",
  category: "Databases",
  definitions: [find, aggregate, insertOne, update, deleteDocuments, load, bulk, trigger],
  testedWith: [
    { types: "io.kestra.plugin.mongodb", kind: "alike", what: "FerretDB, which speaks the protocol of MongoDB" },
  ],
});
