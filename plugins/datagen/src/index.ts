import { definePlugin } from "@capstan/sdk";
import { generate } from "./generate.ts";
import { trigger } from "./trigger.ts";

export default definePlugin({
  name: "datagen",
  title: "Made-up data",
  category: "Data",
  definitions: [generate, trigger],
  testedWith: [{ types: "io.kestra.plugin.datagen", kind: "real", what: "the library that makes it up" }],
});
