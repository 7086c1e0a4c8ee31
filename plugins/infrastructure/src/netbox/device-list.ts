import {
  anyMap,
  defineTask,
  deliverRows,
  dynamic,
  fetchType,
  listOrText,
  rowOutputs,
  secret,
  type TaskContext,
  text,
} from "@capstan/sdk";
import { addressBelow, callVendor } from "@capstan/sdk/http";
import { z } from "zod";

const TYPE = "io.kestra.plugin.ee.netbox.device.List";
/** NetBox gives no more at once, unless it is set up so. */
export const DEVICES_PER_PAGE_MAX = 1_000;
const FILE = "devices.ion";

const properties = () =>
  z.object({
    url: text().describe("Address of NetBox, such as https://netbox.example.com."),
    token: secret().describe("An API token, of either version."),
    filters: anyMap()
      .optional()
      .describe(
        "Which devices, by the filters of NetBox such as `site`, `role`, `status` or `tag`. A list takes any of its values.",
      ),
    fields: listOrText().optional().describe("Fields that are read, such as `name`. Default: all."),
    limit: dynamic(z.int().min(1).max(DEVICES_PER_PAGE_MAX))
      .default(100)
      .describe(`Devices that are asked for at once, up to ${DEVICES_PER_PAGE_MAX}; all pages are read. Default: 100.`),
    fetchType: fetchType("FETCH"),
  });

type Properties = z.output<ReturnType<typeof properties>>;

/** Lists the devices that NetBox knows. */
export const deviceList = defineTask({
  type: TYPE,
  title: "List devices of NetBox",
  properties,
  outputs: () => z.object(rowOutputs()),
  examples: [
    {
      title: "The switches of a site",
      code:
        `id: switches\ntype: ${TYPE}\nurl: https://netbox.example.com\ntoken: "{{ secret('NETBOX_TOKEN') }}"\n` +
        "filters:\n  site: berlin\n  role: access-switch\n  status: active\nfields: [name, primary_ip4]\n",
    },
  ],
  async run(context) {
    const delivered = await deliverRows(devicesOf(context), context.properties.fetchType, context.files, FILE);
    context.log.info(`NetBox has ${delivered.size} of these devices.`);
    context.metric({ name: "records", type: "counter", value: delivered.size });
    return { ...delivered };
  },
});

/** The devices of all pages, asked for as they are taken. */
async function* devicesOf({ properties: written, signal }: Pick<TaskContext<Properties>, "properties" | "signal">) {
  const { url, token, filters = {}, fields = [], fetchType: how } = written;
  const limit = how === "FETCH_ONE" ? 1 : written.limit;
  const chosen = Object.entries(filters).map(([name, value]) => [name, valuesOf(value)] as const);
  const fixed = { ...Object.fromEntries(chosen), ...(fields.length > 0 && { fields: fields.join(",") }) };
  let offset = 0;
  for (let hasMore = true; hasMore;) {
    const { value } = await callVendor(signal, {
      what: "Listing devices of NetBox",
      url: addressBelow(url, "/api/dcim/devices/"),
      params: { ...fixed, limit: String(limit), offset: String(offset) },
      headers: { Authorization: authorizationOf(token.trim()) },
      answer: z.object({ results: z.array(z.record(z.string(), z.unknown())), next: z.string().nullable() }),
    });
    yield* value.results;
    offset += value.results.length;
    // The next page is not asked for by its address, which could lead the token to another server.
    hasMore = value.next !== null && value.results.length > 0;
  }
}

/** Tokens of version 2, which begin so, are bearers. */
function authorizationOf(token: string): string {
  return token.startsWith("nbt_") ? `Bearer ${token}` : `Token ${token}`;
}

function valuesOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map((one) =>
    typeof one === "string" ? one : JSON.stringify(one ?? null),
  );
}
