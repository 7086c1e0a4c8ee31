import { definePlugin } from "@capstan/sdk";
import { create as airtableCreate } from "./airtable/create.ts";
import { deleteRecord } from "./airtable/delete.ts";
import { get as airtableGet } from "./airtable/get.ts";
import { list as airtableList } from "./airtable/list.ts";
import { update as airtableUpdate } from "./airtable/update.ts";
import { datasetGet } from "./apify/dataset-get.ts";
import { lastRun } from "./apify/last-run.ts";
import { actorRun, taskRun } from "./apify/run-tasks.ts";
import { hubspotTasks } from "./hubspot/objects.ts";
import { klaviyoTasks } from "./klaviyo/resources.ts";
import { archive } from "./notion/archive.ts";
import { create } from "./notion/create.ts";
import { read } from "./notion/read.ts";
import { update } from "./notion/update.ts";

const airtable = [airtableCreate, airtableUpdate, airtableGet, airtableList, deleteRecord];

const apify = [actorRun, taskRun, datasetGet, lastRun];

const notion = [create, update, read, archive];

export default definePlugin({
  name: "business-apps",
  title: "Business apps",
  category: "Business",
  definitions: [...hubspotTasks, ...notion, ...klaviyoTasks, ...airtable, ...apify],
  testedWith: [
    { types: "io.kestra", kind: "stand-in", what: "servers of the tests that refuse what the services don't document" },
    {
      types: "io.kestra.plugin.notion",
      kind: "stand-in",
      what: "a server of the tests, bound to the types that Notion publishes of its API",
    },
  ],
});
