import { definePlugin } from "@capstan/sdk";
import { bigqueryDefinitions } from "./bigquery/definitions.ts";
import { gcsDefinitions } from "./gcs/definitions.ts";
import { pubsubDefinitions } from "./pubsub/definitions.ts";
import { sheetsDefinitions } from "./sheets/definitions.ts";

export default definePlugin({
  name: "google",
  title: "Google Cloud and Sheets",
  category: "Cloud",
  definitions: [...gcsDefinitions, ...bigqueryDefinitions, ...pubsubDefinitions, ...sheetsDefinitions],
  testedWith: [
    {
      types: "io.kestra.plugin.gcp.gcs",
      kind: "alike",
      what: "fake-gcs-server, a server that speaks the JSON API of Cloud Storage",
    },
    {
      types: "io.kestra.plugin.gcp.bigquery",
      kind: "stand-in",
      what: "a stand-in that refuses requests with other fields than BigQuery's API documents",
    },
    {
      types: "io.kestra.plugin.gcp.pubsub",
      kind: "alike",
      what: "Google's own fake of Pub/Sub, behind the paths and the JSON of its REST API",
    },
    {
      types: "io.kestra.plugin.googleworkspace.sheets",
      kind: "stand-in",
      what: "a stand-in that refuses requests with other fields than the API of Sheets documents",
    },
  ],
});
