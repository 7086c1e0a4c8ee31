import { dynamic, text } from "@capstan/sdk";
import { z } from "zod";

const texts = () => dynamic(z.array(text()));

export const scriptProperty = () => ({ script: text().describe("The script.") });

/** Properties of the Python tasks. */
export const pythonProperties = () => ({
  dependencies: texts().optional().describe("Packages to install before."),
  packageManager: dynamic(z.enum(["PIP", "UV"]))
    .optional()
    .describe("What installs them; UV by default, PIP where uv is missing."),
  pythonVersion: text().optional().describe("Version of Python that uv should use."),
  dependencyCacheEnabled: dynamic(z.boolean())
    .optional()
    .describe("Has no effect: the package managers keep caches of their own."),
  uvAutoInstallEnabled: dynamic(z.boolean()).optional().describe("Has no effect."),
  uvInstallerVersion: text().optional().describe("Has no effect."),
  uvInstallerSha256: text().optional().describe("Has no effect."),
});

export const jbangProperties = () => ({
  extension: text().optional().describe("Extension of the script's file; `.java` by default."),
  quiet: dynamic(z.boolean()).optional().describe("Show only what the script itself writes; true by default."),
});
