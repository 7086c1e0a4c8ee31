import { definePlugin } from "@capstan/sdk";
import { transformItems as grokItems } from "./grok/transform-items.ts";
import { transformValue as grokValue } from "./grok/transform-value.ts";
import { transformItems } from "./jsonata/transform-items.ts";
import { transformValue } from "./jsonata/transform-value.ts";
import { aggregate } from "./records/aggregate.ts";
import { filter } from "./records/filter.ts";
import { map } from "./records/map.ts";
import { select } from "./records/select.ts";
import { unnest } from "./records/unnest.ts";
import { zip } from "./records/zip.ts";

export default definePlugin({
  name: "transform",
  title: "Transform records",
  category: "Data",
  definitions: [map, filter, select, aggregate, unnest, zip, transformValue, transformItems, grokValue, grokItems],
  testedWith: [
    { types: "io.kestra.plugin.transform", kind: "real", what: "files of records; there is no other side" },
    { types: "io.kestra.plugin.transform.jsonata", kind: "real", what: "JSONata, by its own library" },
    { types: "io.kestra.plugin.transform.grok", kind: "real", what: "lines of access logs and syslog" },
  ],
});
