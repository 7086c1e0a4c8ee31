import { defineProtocol } from "../protocol.ts";
import { localPlace } from "./local-files.ts";

/** This machine as one that needs no connection. */
export const local = defineProtocol({
  prefix: "io.kestra.plugin.fs.local",
  name: "this machine",
  exampleLines: "",
  connection: () => ({}),
  open: async (_properties, { localFiles, signal }) => ({
    files: localPlace(localFiles, signal),
    [Symbol.dispose]: () => undefined,
  }),
});

/** What all types for local files say of where they are. */
export const ALLOWED =
  "The files are those of the machine that the task runs on, and of them what an operator allows: the options `localFiles.readablePaths` " +
  "and `localFiles.writablePaths` of the server or the worker, which name nothing by default.";
