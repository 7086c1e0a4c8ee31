import { createSpreadsheet } from "./create-spreadsheet.ts";
import { load } from "./load.ts";
import { readRange } from "./read-range.ts";
import { read } from "./read.ts";

export const sheetsDefinitions = [createSpreadsheet, load, read, readRange];
