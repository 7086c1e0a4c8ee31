import { dynamic, dynamicMap, text } from "@capstan/model";
import { z } from "zod";
import { textMap } from "../property-builders.ts";

const texts = () => dynamic(z.array(text()));

/** Deprecated form of the image and options of a container. */
const docker = () =>
  z
    .looseObject({ image: text().optional() })
    .describe("Use `taskRunner` and `containerImage`.")
    .meta({ deprecated: true });

/** Properties of every task that runs commands. */
export const commandProperties = () => ({
  taskRunner: z
    .looseObject({ type: z.string() })
    .optional()
    .describe("Where the commands run; by default as the server's option `taskRunners.default` says."),
  containerImage: text().optional().describe("Image for task runners that use containers."),
  interpreter: texts().optional().describe("Program and arguments; the commands follow as one last argument."),
  beforeCommands: texts().optional().describe("Run before the commands, in the same shell."),
  failFast: dynamic(z.boolean()).optional().describe("Stop at the first command that fails; true by default."),
  env: textMap().optional().describe("Environment variables."),
  inputFiles: dynamicMap()
    .optional()
    .describe("Files to put into the working folder: name and content, or the address of a file."),
  outputFiles: texts().optional().describe("Globs of files to keep, relative to the working folder."),
  namespaceFiles: z
    .object({
      enabled: dynamic(z.boolean()).optional(),
      namespaces: texts().optional(),
      include: texts().optional(),
      exclude: texts().optional(),
      ifExists: dynamic(z.enum(["OVERWRITE", "FAIL", "WARN", "IGNORE"])).optional(),
      folderPerNamespace: dynamic(z.boolean()).optional(),
    })
    .optional()
    .describe("Namespace files to put into the working folder."),
  targetOS: dynamic(z.enum(["AUTO", "LINUX", "WINDOWS"]))
    .optional()
    .describe("System that the commands are written for."),
  outputDirectory: dynamic(z.boolean())
    .optional()
    .describe("Keep every file of the folder `{{ outputDir }}`. Use `outputFiles`.")
    .meta({ deprecated: true }),
  runner: z.enum(["PROCESS", "DOCKER"]).optional().describe("Use `taskRunner`.").meta({ deprecated: true }),
  docker: docker().optional(),
  warningOnStdErr: dynamic(z.boolean()).optional().describe("Has no effect.").meta({ deprecated: true }),
});

export const commandsProperty = () => ({ commands: texts().describe("The commands; all of them share one shell.") });

export type CommandProperties = Partial<z.output<z.ZodObject<ReturnType<typeof commandProperties>>>>;

/** What a run leaves behind; kept when it fails, too. */
export const commandOutputs = () =>
  z.object({
    exitCode: z.int(),
    vars: z.record(z.string(), z.unknown()),
    outputFiles: z.record(z.string(), z.string()),
    stdOutLineCount: z.int(),
    stdErrLineCount: z.int(),
    taskRunner: z.record(z.string(), z.unknown()).optional(),
  });
