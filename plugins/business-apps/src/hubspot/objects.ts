import { dynamic, type TaskContext, text } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { callHubspot, type HubspotConnection } from "./connection.ts";
import { associatedIds, type CrmObject } from "./crm-object.ts";
import { createTask, deleteTask, getTask, updateTask } from "./record-tasks.ts";
import { searchTask } from "./search-task.ts";

const contact: CrmObject = { plural: "contacts", singular: "contact" };
const company: CrmObject = { plural: "companies", singular: "company" };
const deal: CrmObject = { plural: "deals", singular: "deal" };
const ticket: CrmObject = { plural: "tickets", singular: "ticket" };

const contactFields = () => ({
  firstName: text().optional().describe("First name."),
  lastName: text().optional().describe("Last name."),
  phone: text().optional().describe("Number of the phone."),
  jobTitle: text().optional().describe("What the person does."),
  lifecycleStage: text().optional().describe("How far the person is, such as `lead` or `customer`."),
});
const contactNames = {
  email: "email",
  firstName: "firstname",
  lastName: "lastname",
  phone: "phone",
  jobTitle: "jobtitle",
  lifecycleStage: "lifecyclestage",
};

const companyFields = () => ({
  companyDescription: text().optional().describe("What the company is."),
  industry: text().optional().describe("Industry, by HubSpot's name for it such as `ACCOUNTING`."),
  companyType: text().optional().describe("What it is to you, such as `PROSPECT` or `PARTNER`."),
});
const companyNames = {
  name: "name",
  domain: "domain",
  companyDescription: "description",
  industry: "industry",
  companyType: "type",
};

const dealFields = () => ({
  amount: dynamic(z.number()).optional().describe("What it is worth."),
  closeDate: text().optional().describe("When it is to be closed, such as `2030-12-31`."),
  dealType: text().optional().describe("`newbusiness` or `existingbusiness`."),
  associatedCompanyIds: associatedIds("companies"),
  associatedContactIds: associatedIds("contacts"),
});
const dealNames = {
  name: "dealname",
  pipeline: "pipeline",
  stage: "dealstage",
  amount: "amount",
  closeDate: "closedate",
  dealType: "dealtype",
};
/** What a deal belongs to: the property, HubSpot's name of the kind, and its number of such an association. */
const DEAL_ASSOCIATIONS = [
  ["associatedCompanyIds", "companies", 341],
  ["associatedContactIds", "contacts", 3],
] as const;

const ticketNames = {
  subject: "subject",
  content: "content",
  pipeline: "hs_pipeline",
  stage: "hs_pipeline_stage",
  priority: "hs_ticket_priority",
};

const contactsAndCompanies = [
  createTask(contact, {
    fields: () => ({ email: text().describe("Address for e-mail, which tells contacts apart."), ...contactFields() }),
    names: contactNames,
    example: "email: ada@example.com\nfirstName: Ada\nlifecycleStage: lead\n",
  }),
  updateTask(contact, {
    fields: () => ({ email: text().optional().describe("Address for e-mail."), ...contactFields() }),
    names: contactNames,
    example: "lifecycleStage: customer\n",
  }),
  createTask(company, {
    fields: () => ({
      name: text().describe("Name of the company."),
      domain: text().describe("Its domain, such as example.com."),
      ...companyFields(),
    }),
    names: companyNames,
    example: "name: Example\ndomain: example.com\n",
  }),
  updateTask(company, {
    fields: () => ({
      name: text().optional().describe("Name of the company."),
      domain: text().optional().describe("Its domain, such as example.com."),
      ...companyFields(),
    }),
    names: companyNames,
    example: "companyType: PARTNER\n",
  }),
];

const deals = [
  createTask(deal, {
    fields: () => ({
      name: text().describe("Name of the deal."),
      pipeline: text().describe("Id of the pipeline, such as `default`."),
      stage: text().describe("Id of the stage in the pipeline."),
      ...dealFields(),
    }),
    names: dealNames,
    more: (written) => {
      const associations = DEAL_ASSOCIATIONS.flatMap(([property, , associationTypeId]) =>
        idsOf(written, property).map((id) => ({
          to: { id: String(id) },
          types: [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId }],
        })),
      );
      return associations.length > 0 ? { associations } : {};
    },
    example: "name: A hundred seats\npipeline: default\nstage: presentationscheduled\namount: 50000\n",
  }),
  updateTask(deal, {
    fields: () => ({
      name: text().optional().describe("Name of the deal."),
      pipeline: text().optional().describe("Id of the pipeline, such as `default`."),
      stage: text().optional().describe("Id of the stage in the pipeline."),
      ...dealFields(),
    }),
    names: dealNames,
    then: associate,
    example: "stage: closedwon\n",
  }),
];

const tickets = [
  createTask(ticket, {
    fields: () => ({
      subject: text().optional().describe("What it is about."),
      content: text().optional().describe("What is to be said."),
      pipeline: dynamic(z.int()).optional().describe("Id of the pipeline. Default: that of the account."),
      stage: dynamic(z.int()).default(1).describe("Id of the stage in the pipeline. Default: 1."),
      priority: dynamic(z.enum(["LOW", "MEDIUM", "HIGH"]))
        .optional()
        .describe("LOW, MEDIUM or HIGH."),
    }),
    names: ticketNames,
    example: 'subject: "{{ flow.id }} failed"\ncontent: "Execution {{ execution.id }}"\npriority: HIGH\n',
  }),
];

const common = [contact, company, deal].flatMap((object) => [getTask(object), searchTask(object), deleteTask(object)]);

/** All types of HubSpot. */
export const hubspotTasks = [...contactsAndCompanies, ...deals, ...tickets, ...common];

/** A deal that is there is associated by requests of their own. */
async function associate(context: Pick<TaskContext<HubspotConnection>, "properties" | "signal">, dealId: string) {
  for (const [property, kind] of DEAL_ASSOCIATIONS)
    for (const id of idsOf(context.properties as Readonly<Record<string, unknown>>, property))
      await callHubspot(context, {
        what: `Associating the deal with ${kind}`,
        method: "PUT",
        path: `/v4/objects/deals/${pathPart("dealId", dealId)}/associations/default/${kind}/${id}`,
        answer: z.unknown(),
      });
}

function idsOf(written: Readonly<Record<string, unknown>>, property: string): readonly number[] {
  return (written[property] as readonly number[] | undefined) ?? [];
}
