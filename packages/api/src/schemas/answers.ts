import { z } from "zod";
import { anyMap, instant, label } from "./execution.ts";

export function pageOf(item: z.ZodType) {
  return z.object({ results: z.array(item), total: z.number().int() });
}

/** A page of a list that grows without end. */
export function roughPageOf(item: z.ZodType) {
  const total = z
    .number()
    .int()
    .describe(
      "How many match. Where they are many, or hard to find, an estimate, which the header `capstan-total: estimate` tells; it is greater than what the pages so far have shown until one is not full",
    );
  return z.object({ results: z.array(item), total });
}

export const flow = z.looseObject({
  id: z.string(),
  namespace: z.string(),
  tenantId: z.string().optional(),
  revision: z.number().int(),
  updated: instant.optional(),
  disabled: z.boolean(),
  deleted: z.boolean(),
  source: z.string().optional(),
});

/** Each input with the value it would have, or why it can't have one; for forms that change while they are filled in. */
export const inputCheck = z.object({
  id: z.string(),
  namespace: z.string(),
  inputs: z.array(
    z.object({
      input: z.looseObject({ id: z.string(), type: z.string() }),
      value: z.unknown().optional(),
      enabled: z.boolean(),
      isDefault: z.boolean(),
      errors: z.array(z.object({ message: z.string() })),
    }),
  ),
  checks: z.array(z.object({ message: z.string(), style: z.string(), behavior: z.string() })),
});

export const validation = z.object({
  index: z.number().int(),
  namespace: z.string().optional(),
  flow: z.string().optional(),
  constraints: z.string().optional().describe("Every error, one a line; absent when the flow is valid"),
  warnings: z.array(z.string()).optional(),
  infos: z.array(z.string()).optional(),
  deprecationPaths: z.array(z.string()).optional(),
  outdated: z.boolean(),
});

/** Both spellings: `count` for clients before 2.0, `totalItems` and `operationId` for the later ones. */
export const bulk = z.object({ count: z.number().int(), totalItems: z.number().int(), operationId: z.string() });

export const logLevel = z.enum(["TRACE", "DEBUG", "INFO", "WARN", "ERROR"]);
export const logEntry = z.object({
  tenantId: z.string().optional(),
  namespace: z.string(),
  flowId: z.string(),
  taskId: z.string().optional(),
  executionId: z.string().optional(),
  taskRunId: z.string().optional(),
  attemptNumber: z.number().int().optional(),
  triggerId: z.string().optional(),
  timestamp: instant,
  level: logLevel,
  message: z.string(),
});

export const metric = z.object({
  namespace: z.string(),
  flowId: z.string(),
  taskId: z.string(),
  executionId: z.string(),
  taskRunId: z.string(),
  type: z.enum(["counter", "timer", "gauge"]),
  name: z.string(),
  value: z.number(),
  timestamp: instant,
  tags: z.record(z.string(), z.string()),
});

export const backfill = z.object({
  start: instant,
  end: instant,
  currentDate: instant,
  paused: z.boolean(),
  inputs: anyMap,
  labels: z.array(label),
});

/** Holds the keys of both generations of clients (`nextExecutionDate` and `nextEvaluationDate`, …). */
export const triggerState = z.object({
  tenantId: z.string(),
  namespace: z.string(),
  flowId: z.string(),
  triggerId: z.string(),
  date: instant,
  nextExecutionDate: instant.optional(),
  updatedDate: instant,
  nextEvaluationDate: instant.optional(),
  lastTriggeredDate: instant.optional(),
  updatedAt: instant,
  executionId: z.string().optional(),
  backfill: backfill.optional(),
  disabled: z.boolean(),
  locked: z.boolean(),
  lagMs: z
    .number()
    .int()
    .optional()
    .describe("For how long it has been due, in milliseconds; none for what waits for events"),
});
const abstractTrigger = z.looseObject({ id: z.string(), type: z.string() });
/** Under the names of both generations of clients. */
export const triggerAndState = z.object({
  trigger: abstractTrigger,
  abstractTrigger,
  triggerContext: triggerState,
  state: triggerState,
});

export const keyValueType = z.enum(["STRING", "NUMBER", "BOOLEAN", "DATETIME", "DATE", "DURATION", "JSON"]);
export const keyValue = z.object({
  type: keyValueType,
  value: z.unknown(),
  revision: z.number().int(),
  updated: instant,
});
export const keyValueEntry = z.object({
  namespace: z.string(),
  key: z.string(),
  revision: z.number().int(),
  description: z.string().optional(),
  creationDate: instant,
  updateDate: instant,
  expirationDate: instant.optional(),
});

export const fileAttributes = z.object({
  fileName: z.string(),
  type: z.enum(["File", "Directory"]),
  size: z.number().int(),
  lastModifiedTime: z.number().int(),
  creationTime: z.number().int(),
});

export const pluginElement = z.object({ cls: z.string(), deprecated: z.boolean(), title: z.string() });
export const plugin = z.object({
  name: z.string(),
  title: z.string(),
  group: z.string(),
  tasks: z.array(pluginElement),
  triggers: z.array(pluginElement),
  conditions: z.array(pluginElement),
  taskRunners: z.array(pluginElement),
});
export const pluginIcon = z.object({
  name: z.string(),
  icon: z.string().describe("SVG in base64"),
  flowable: z.boolean(),
});
export const pluginDocumentation = z.object({
  markdown: z.string(),
  schema: z.object({ properties: anyMap, outputs: anyMap, definitions: anyMap }),
});

export const configuration = z.looseObject({
  version: z.string(),
  edition: z.string(),
  isBasicAuthInitialized: z.boolean(),
});

/** Readable by clients of every generation: `message` before 2.0, `title`, `status` and `detail` (RFC 7807) since. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.string().describe("Permanent name of the problem"),
  message: z.string(),
  path: z.string(),
  _links: z.object({ self: z.object({ href: z.string(), templated: z.boolean() }) }),
  _embedded: z.object({ errors: z.array(z.object({ message: z.string() })) }),
  invalids: z
    .array(z.object({ message: z.string(), invalidValue: z.string() }))
    .optional()
    .describe("Of a change of many: those because of which nothing was changed"),
});
