/** What the reference pages of the documentation are generated from. */
export { installedCatalogue } from "./catalogue.ts";
export { loadConfiguration, type Setting } from "./configuration.ts";
export { createProgram } from "./program/program.ts";
