import { listOrText, secret, text } from "@capstan/sdk";
import { z } from "zod";

/** What a token is asked for, if nothing else is said. */
export const CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform";

/** Who asks a service of Google: the same for every type of this plugin. */
export const accountProperties = () => ({
  projectId: text()
    .optional()
    .describe(
      "Id of the project. Default: that of the service account, `GOOGLE_CLOUD_PROJECT` of the worker, or the project that its machine is in.",
    ),
  serviceAccount: secret()
    .optional()
    .describe(
      "The JSON key of a service account, as text. Default: the credentials that the worker finds: the file of `GOOGLE_APPLICATION_CREDENTIALS`, the login of gcloud, or the service account of its machine.",
    ),
  accessToken: secret().optional().describe("An access token to use as it is, in place of a key."),
  impersonatedServiceAccount: text()
    .optional()
    .describe("E-mail address of a service account to act as, which the credentials must be allowed to."),
  scopes: listOrText()
    .default([CLOUD_PLATFORM])
    .describe("Scopes of OAuth to ask for. Default: that of the whole platform."),
  endpoint: text()
    .optional()
    .describe(
      "Address of another server that speaks like the service, such as an emulator. It gets no credentials but those that are written here, unless it is one of googleapis.com.",
    ),
});

export type AccountProperties = z.output<z.ZodObject<ReturnType<typeof accountProperties>>>;
