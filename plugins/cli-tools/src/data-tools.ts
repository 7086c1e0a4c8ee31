import { dynamic, secret, text } from "@capstan/sdk";
import { quoted } from "@capstan/sdk/commands";
import { z } from "zod";
import { toolTask } from "./tool-task.ts";

/** Where a tool finds the key that it was given, in its working folder. */
const KEY_FILE = ".capstan-key.pem";

/** `databricks`, at a workspace. */
export const databricksCli = toolTask({
  type: "io.kestra.plugin.databricks.cli.DatabricksCLI",
  title: "Run commands with the Databricks CLI",
  image: "ghcr.io/databricks/cli:latest",
  properties: () => ({
    databricksHost: text().describe("Address of the workspace."),
    databricksToken: secret().optional().describe("Token."),
    clientId: text().optional().describe("Id of a service principal, in place of a token."),
    clientSecret: secret().optional().describe("Secret of the service principal."),
  }),
  example: `databricksHost: https://example.cloud.databricks.com\ndatabricksToken: "{{ secret('DATABRICKS_TOKEN') }}"\ncommands:\n  - databricks jobs list\n`,
  prepare: ({ databricksHost, databricksToken, clientId, clientSecret }) => ({
    env: {
      DATABRICKS_HOST: databricksHost,
      DATABRICKS_TOKEN: databricksToken,
      DATABRICKS_CLIENT_ID: clientId,
      DATABRICKS_CLIENT_SECRET: clientSecret,
    },
  }),
});

/** `snow`, at an account. */
export const snowflakeCli = toolTask({
  type: "io.kestra.plugin.jdbc.snowflake.SnowflakeCLI",
  title: "Run commands with the Snowflake CLI",
  image: "ghcr.io/kestra-io/snowflake-cli",
  properties: () => ({
    account: text().describe("Account."),
    username: text().describe("Name of the user."),
    password: secret().optional().describe("Password."),
    privateKey: secret().optional().describe("Private key in PEM, in place of a password."),
    privateKeyPassword: secret().optional().describe("Password of the private key."),
  }),
  example: `account: example\nusername: capstan\npassword: "{{ secret('SNOWFLAKE_PASSWORD') }}"\ncommands:\n  - snow sql --temporary-connection --query "SELECT 1"\n`,
  prepare: ({ account, username, password, privateKey, privateKeyPassword }) => ({
    env: {
      SNOWFLAKE_ACCOUNT: account,
      SNOWFLAKE_USER: username,
      SNOWFLAKE_PASSWORD: password,
      ...(privateKey !== undefined && {
        SNOWFLAKE_AUTHENTICATOR: "SNOWFLAKE_JWT",
        PRIVATE_KEY_PASSPHRASE: privateKeyPassword,
      }),
    },
    ...(privateKey !== undefined && {
      files: { [KEY_FILE]: privateKey },
      setup: [`export SNOWFLAKE_PRIVATE_KEY_FILE="$PWD/${KEY_FILE}"`],
    }),
  }),
});

/** `redis-cli`, which is given its commands one by one. */
export const redisCli = toolTask({
  type: "io.kestra.plugin.redis.cli.RedisCLI",
  title: "Run commands with the Redis CLI",
  description: "Each command is one of Redis, such as `GET key`, and fails the task when Redis answers with an error.",
  image: "redis:7-alpine",
  properties: () => ({
    host: text().describe("Host."),
    port: dynamic(z.int().min(1).max(65_535)).default(6_379).describe("Port."),
    database: dynamic(z.int().min(0)).default(0).describe("Number of the database."),
    username: text().optional().describe("Name of the user."),
    password: secret().optional().describe("Password."),
    tls: dynamic(z.boolean()).default(false).describe("Whether it is spoken to over TLS."),
    jsonOutput: dynamic(z.boolean()).default(false).describe("Whether answers are written as JSON."),
  }),
  example: `host: redis.example.com\npassword: "{{ secret('REDIS_PASSWORD') }}"\ncommands:\n  - SET greeting hello\n  - GET greeting\n`,
  prepare: (properties, { commands }) => {
    const { host, port, database, username, password, tls, jsonOutput } = properties;
    const words = [
      "redis-cli -e",
      `-h ${quoted(host)} -p ${port} -n ${database}`,
      ...(username === undefined ? [] : [`--user ${quoted(username)}`]),
      ...(tls ? ["--tls"] : []),
      ...(jsonOutput ? ["--json"] : []),
    ].join(" ");
    // Its name for the environment variable, so that the password is no argument.
    return { env: { REDISCLI_AUTH: password }, lines: commands.map((command) => `${words} ${command}`) };
  },
});
