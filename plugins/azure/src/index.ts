import { definePlugin } from "@capstan/sdk";
import { blobDefinitions } from "./blob/definitions.ts";

export default definePlugin({
  name: "azure",
  title: "Azure",
  category: "Cloud",
  definitions: blobDefinitions,
  testedWith: [
    {
      types: "io.kestra.plugin.azure.storage.blob",
      kind: "alike",
      what: "Azurite, Microsoft's emulator of Azure Storage",
    },
  ],
});
