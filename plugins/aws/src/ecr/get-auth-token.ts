import { defineTask, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { told } from "../aws-failure.ts";
import { openService, serviceProperties } from "../service.ts";

/** Gets the password of a registry of images. */
export const getAuthToken = defineTask({
  type: "io.kestra.plugin.aws.ecr.GetAuthToken",
  title: "Get a password for a registry of images",
  description:
    "It is that of the user `AWS`, and holds for twelve hours. It is encrypted where outputs are stored or shown, and clear in expressions, so that the server needs an encryption key.",
  properties: () => z.object(serviceProperties()),
  outputs: () =>
    z.object({
      token: z
        .record(z.string(), z.unknown())
        .describe("The password, encrypted; an expression such as `{{ outputs.login.token }}` gives it in the clear."),
    }),
  examples: [
    {
      title: "Run a script in an image of a private registry",
      code:
        "id: login\ntype: io.kestra.plugin.aws.ecr.GetAuthToken\nregion: eu-central-1\n" +
        "accessKeyId: \"{{ secret('AWS_ACCESS_KEY_ID') }}\"\nsecretKeyId: \"{{ secret('AWS_SECRET_ACCESS_KEY') }}\"\n",
    },
  ],
  async run(context) {
    const { services, mask } = context;
    if (services.encrypt === undefined)
      throw new TaskFailure(
        "The password can't be kept: it needs an encryption key. Configure one on the server (`encryption.secretKey`).",
      );
    using ecr = await openService(context, async (settings) => new (await import("@aws-sdk/client-ecr")).ECR(settings));
    const { authorizationData = [] } = await told(
      "Getting a password of the registry",
      ecr.client.getAuthorizationToken({}, ecr.ending),
    );
    const password = passwordIn(authorizationData[0]?.authorizationToken ?? "");
    if (password === "") throw new TaskFailure("The registry answered no password.");
    mask(password);
    return { token: await services.encrypt(password) };
  },
});

/** It comes as `user:password` in base64. */
function passwordIn(token: string): string {
  const pair = Buffer.from(token, "base64").toString("utf8");
  return pair.slice(pair.indexOf(":") + 1);
}
