import { z } from "zod";

/** A query parameter that may be repeated; always read as a list. */
export function many<Item extends z.ZodType<unknown, string>>(item: Item) {
  return z.union([z.array(item), item.transform((one) => [one])]) as unknown as z.ZodType<z.output<Item>[]>;
}

export function flag(byDefault: boolean) {
  return z.stringbool({ truthy: ["true", "1", ""], falsy: ["false", "0"] }).default(byDefault);
}

/** A date as clients in Java write it, too: seconds may be left out, and the name of a zone may stand behind the offset. */
export const dateQuery = z
  .string()
  .transform((text) => text.replace(/\[[\w/+-]+\]$/, "").replace(/(T\d\d:\d\d)(?=Z|[+-]\d\d:\d\d$)/, "$1:00"))
  .pipe(z.iso.datetime({ offset: true }));

/** A whole number within the bounds, from text. */
export function count(minimum: number, maximum: number) {
  return z.coerce.number().int().min(minimum).max(maximum);
}

/** Largest page a list answers. */
export const PAGE_SIZE_MAX = 10_000;

const page = {
  page: count(1, 1_000_000).default(1),
  size: count(1, PAGE_SIZE_MAX).default(10),
  sort: many(z.string()).optional().describe("field:asc or field:desc, repeatable"),
};

export const pageQuery = z.object(page);

/** A page with filters: flat parameters (`namespace=a`) or brackets (`filters[namespace][EQUALS]=a`). */
export const filteredPageQuery = z.looseObject(page);

/** Only filters; which fields are known is checked by the resource, because the names are open. */
export const filterQuery = z.looseObject({});

/** Filters in a body, as newer clients send some of them: the same as `filters[field][operation]=value`. */
export const filterList = z.object({
  filters: z
    .array(
      z.object({
        field: z.string(),
        operation: z.string(),
        value: z.union([z.string(), z.array(z.string()), z.record(z.string(), z.string())]),
      }),
    )
    .default([]),
});

/** Where an execution should stop. The engine can't, and to run on would be worse than to refuse. */
export const breakpoints = z.string().max(0, { error: "breakpoints are not supported; leave them out" }).optional();

export const reviewQuery = z.object({
  taskRunId: z.string().optional().describe("The approval that is meant; needed when several wait"),
});
export const revisionQuery = z.object({ revision: count(1, 2_147_483_647).optional() });

/** Flows that are stored and can't run. There are none, and one that runs unexpectedly would be worse than a refusal. */
export const draftQuery = z.object({
  draft: flag(false).refine((isDraft) => !isDraft, {
    error: "drafts are not supported; leave it out, and write disabled: true into a flow that must not run",
  }),
});
