import { definePlugin } from "@capstan/sdk";
import { avroToIon } from "./avro/avro-to-ion.ts";
import { inferAvroSchemaFromIon } from "./avro/infer-avro-schema-from-ion.ts";
import { ionToAvro } from "./avro/ion-to-avro.ts";
import { csvToIon } from "./csv/csv-to-ion.ts";
import { ionToCsv } from "./csv/ion-to-csv.ts";
import { excelToIon } from "./excel/excel-to-ion.ts";
import { ionToExcel } from "./excel/ion-to-excel.ts";
import { ionToJson } from "./json/ion-to-json.ts";
import { jsonToIon } from "./json/json-to-ion.ts";
import { jsonToJsonl } from "./json/json-to-jsonl.ts";
import { htmlToMarkdown } from "./markdown/html-to-markdown.ts";
import { markdownToHtml } from "./markdown/markdown-to-html.ts";
import { markdownToText } from "./markdown/markdown-to-text.ts";
import { ionToParquet } from "./parquet/ion-to-parquet.ts";
import { parquetToIon } from "./parquet/parquet-to-ion.ts";
import { ionToXml } from "./xml/ion-to-xml.ts";
import { xmlToIon } from "./xml/xml-to-ion.ts";
import { ionToYaml } from "./yaml/ion-to-yaml.ts";
import { jsonToYaml } from "./yaml/json-to-yaml.ts";
import { yamlToIon } from "./yaml/yaml-to-ion.ts";
import { yamlToJson } from "./yaml/yaml-to-json.ts";

const CSV_TASKS = [csvToIon, ionToCsv];
const JSON_TASKS = [jsonToIon, ionToJson, jsonToJsonl];
const YAML_TASKS = [yamlToIon, ionToYaml, yamlToJson, jsonToYaml];
const EXCEL_TASKS = [excelToIon, ionToExcel];
const XML_TASKS = [xmlToIon, ionToXml];
const AVRO_TASKS = [ionToAvro, avroToIon, inferAvroSchemaFromIon];
const PARQUET_TASKS = [ionToParquet, parquetToIon];
const MARKDOWN_TASKS = [markdownToHtml, markdownToText, htmlToMarkdown];

export default definePlugin({
  name: "serdes",
  title: "File formats",
  category: "Files",
  definitions: [
    ...CSV_TASKS,
    ...JSON_TASKS,
    ...YAML_TASKS,
    ...XML_TASKS,
    ...EXCEL_TASKS,
    ...AVRO_TASKS,
    ...PARQUET_TASKS,
    ...MARKDOWN_TASKS,
  ],
  testedWith: [
    { types: "io.kestra.plugin.serdes", kind: "real", what: "files of the tests, read back" },
    { types: "io.kestra.plugin.serdes.avro", kind: "real", what: "files that fastavro wrote" },
    {
      types: "io.kestra.plugin.serdes.markdown",
      kind: "real",
      what: "documents, and HTML that becomes Markdown of the same HTML",
    },
    { types: "io.kestra.plugin.serdes.excel", kind: "real", what: "files that openpyxl wrote" },
    {
      types: "io.kestra.plugin.serdes.parquet",
      kind: "real",
      what: "files that pyarrow wrote; hyparquet reads what is written",
    },
  ],
});
