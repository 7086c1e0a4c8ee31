import { anyMap, secret, text } from "@capstan/sdk";
import { z } from "zod";

/** Where the engine is, and what opens its registries: of every type of this plugin. */
export const engineProperties = () => ({
  host: text()
    .optional()
    .describe(
      "Address of the engine: `unix:///path`, `tcp://name:2375` or `https://name:2376`. By default the worker's `DOCKER_HOST`, or else `unix:///var/run/docker.sock`.",
    ),
  config: anyMap()
    .optional()
    .describe("A configuration of Docker, as in `~/.docker/config.json`; its `auths` open registries."),
  credentials: z
    .object({
      registry: text().optional().describe("The registry; by default that of the image, and Docker Hub for a build."),
      username: text().optional().describe("Name of the user."),
      password: secret().optional().describe("Password, or an access token."),
      registryToken: secret().optional().describe("Token for the registry, in place of name and password."),
      identityToken: secret()
        .optional()
        .describe("Token that the registry changes for another, in place of a password."),
      auth: secret().optional().describe("`username:password` in base64, in place of both."),
    })
    .optional()
    .describe("What opens the registry of the image; goes before `config`."),
});
