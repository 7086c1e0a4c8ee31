import { z } from "zod";

/** How Cloudflare tells of a zone. */
export const zone = () => z.looseObject({ id: z.string(), name: z.string(), status: z.string().optional() });

/** A zone as tasks put it out. */
export const zoneOutputs = () =>
  z.object({
    id: z.string().describe("Id of the zone."),
    name: z.string().describe("Its name, such as example.com."),
    status: z.string().optional().describe("Whether Cloudflare serves it, such as `active` or `pending`."),
  });

export function zoneOf({
  id,
  name,
  status,
}: z.output<ReturnType<typeof zone>>): z.output<ReturnType<typeof zoneOutputs>> {
  return { id, name, status };
}
