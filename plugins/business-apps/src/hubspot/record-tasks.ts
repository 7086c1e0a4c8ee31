import { defineTask, listOrText, type TaskContext, text } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { callHubspot, connection, type HubspotConnection } from "./connection.ts";
import {
  additionalProperties,
  type CrmObject,
  type CrmRecord,
  type FieldNames,
  record,
  recordOutputs,
  recordOutputsOf,
  sentProperties,
} from "./crm-object.ts";

const PREFIX = "io.kestra.plugin.hubspot";
const KEY = `apiKey: "{{ secret('HUBSPOT_TOKEN') }}"\n`;

type Written = HubspotConnection & Readonly<Record<string, unknown>>;
type Context = Pick<TaskContext<HubspotConnection>, "properties" | "signal">;

interface Editing {
  readonly fields: () => z.ZodRawShape;
  readonly names: FieldNames;
  /** What is sent beside the properties of a new record. */
  readonly more?: (written: Written) => object;
  /** What is done once the record is changed. */
  readonly then?: (context: Context, id: string) => Promise<void>;
  /** Properties of the example, as lines of YAML. */
  readonly example: string;
}

/** The properties of these tasks are made of those of the kind, so their type is known by names alone. */
function writtenContext(context: unknown): TaskContext<Written> {
  return context as TaskContext<Written>;
}

const what = (verb: string, { singular }: CrmObject) => `${verb} the ${singular}`;
const idOf = ({ singular }: CrmObject) => `${singular}Id`;
const idProperty = (object: CrmObject) => ({ [idOf(object)]: text().describe(`Id of the ${object.singular}.`) });

function pathOf(object: CrmObject, written: Written): string {
  return `/v3/objects/${object.plural}/${pathPart(idOf(object), String(written[idOf(object)]))}`;
}

/** The task that adds a record. */
export function createTask(object: CrmObject, editing: Editing) {
  const type = `${PREFIX}.${object.plural}.Create`;
  return defineTask({
    type,
    title: `Create a ${object.singular} at HubSpot`,
    properties: () => z.object({ ...connection(), ...editing.fields(), additionalProperties: additionalProperties() }),
    outputs: recordOutputs,
    examples: [{ title: `A new ${object.singular}`, code: `id: create\ntype: ${type}\n${KEY}${editing.example}` }],
    async run(untyped) {
      const context = writtenContext(untyped);
      const written = context.properties;
      const made = await callHubspot<CrmRecord>(context, {
        what: `Creating a ${object.singular}`,
        path: `/v3/objects/${object.plural}`,
        body: { properties: sentProperties(written, editing.names), ...editing.more?.(written) },
        answer: record(),
      });
      context.log.info(`Created the ${object.singular} ${made.id}.`);
      return recordOutputsOf(made, context.files);
    },
  });
}

/** The task that changes a record. */
export function updateTask(object: CrmObject, editing: Editing) {
  const type = `${PREFIX}.${object.plural}.Update`;
  return defineTask({
    type,
    title: `Change a ${object.singular} at HubSpot`,
    description: "What is not given stays as it is.",
    properties: () =>
      z.object({
        ...connection(),
        ...idProperty(object),
        ...editing.fields(),
        additionalProperties: additionalProperties(),
      }),
    outputs: recordOutputs,
    examples: [
      {
        title: `Change a ${object.singular}`,
        code: `id: change\ntype: ${type}\n${KEY}${idOf(object)}: "{{ inputs.id }}"\n${editing.example}`,
      },
    ],
    async run(untyped) {
      const context = writtenContext(untyped);
      const written = context.properties;
      const changed = await callHubspot<CrmRecord>(context, {
        what: what("Changing", object),
        method: "PATCH",
        path: pathOf(object, written),
        body: { properties: sentProperties(written, editing.names) },
        answer: record(),
      });
      await editing.then?.(context, changed.id);
      context.log.info(`Changed the ${object.singular} ${changed.id}.`);
      return recordOutputsOf(changed, context.files);
    },
  });
}

/** The task that reads a record. */
export function getTask(object: CrmObject) {
  const type = `${PREFIX}.${object.plural}.Get`;
  return defineTask({
    type,
    title: `Read a ${object.singular} from HubSpot`,
    properties: () =>
      z.object({
        ...connection(),
        ...idProperty(object),
        properties: listOrText()
          .optional()
          .describe("Names of the properties that are read. Default: those that HubSpot chooses."),
      }),
    outputs: recordOutputs,
    examples: [
      {
        title: `Read a ${object.singular}`,
        code: `id: read\ntype: ${type}\n${KEY}${idOf(object)}: "{{ inputs.id }}"\n`,
      },
    ],
    async run(untyped) {
      const context = writtenContext(untyped);
      const wanted = context.properties["properties"] as readonly string[] | undefined;
      const found = await callHubspot<CrmRecord>(context, {
        what: what("Reading", object),
        path: pathOf(object, context.properties),
        ...(wanted !== undefined && wanted.length > 0 && { params: { properties: wanted.join(",") } }),
        answer: record(),
      });
      context.log.info(`Read the ${object.singular} ${found.id}.`);
      return recordOutputsOf(found, context.files);
    },
  });
}

/** The task that deletes a record. */
export function deleteTask(object: CrmObject) {
  const type = `${PREFIX}.${object.plural}.Delete`;
  return defineTask({
    type,
    title: `Delete a ${object.singular} at HubSpot`,
    description: "HubSpot keeps it in its recycle bin for a while. One that isn't there is no failure.",
    properties: () => z.object({ ...connection(), ...idProperty(object) }),
    examples: [
      {
        title: `Delete a ${object.singular}`,
        code: `id: delete\ntype: ${type}\n${KEY}${idOf(object)}: "{{ inputs.id }}"\n`,
      },
    ],
    async run(untyped) {
      const context = writtenContext(untyped);
      const written = context.properties;
      const path = pathOf(object, written);
      await callHubspot(context, {
        what: what("Deleting", object),
        method: "DELETE",
        path,
        answer: z.undefined(),
      });
      context.log.info(`Deleted the ${object.singular} ${String(written[idOf(object)])}.`);
    },
  });
}
