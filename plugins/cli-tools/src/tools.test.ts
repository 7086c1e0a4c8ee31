import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { expect, test } from "vitest";
import { ansibleCli } from "./ansible.ts";
import { cloudQuerySync } from "./cloudquery-sync.ts";
import { awsCli, azCli, gcloudCli } from "./clouds.ts";
import { databricksCli, redisCli, snowflakeCli } from "./data-tools.ts";
import plugin from "./index.ts";
import { runTool } from "./testing/tool-world.ts";

const terraform = plugin.definitions.find(({ type }) => type.endsWith("TerraformCLI")) as TaskDefinition;

test.each<readonly [TaskDefinition, string, JsonMap, readonly string[]]>([
  [
    terraform,
    "terraform",
    { beforeCommands: ["terraform init"], commands: ["terraform plan"], env: { TF_VAR_a: "1" } },
    ["terraform init", "TF_VAR_a=1", "terraform plan", "TF_VAR_a=1"],
  ],
  [
    awsCli,
    "aws",
    { commands: ["aws s3 ls"], region: "eu-west-1", accessKeyId: "id", secretKeyId: "key", outputFormat: "TEXT" },
    [
      "aws s3 ls",
      "AWS_ACCESS_KEY_ID=id",
      "AWS_DEFAULT_OUTPUT=text",
      "AWS_DEFAULT_REGION=eu-west-1",
      "AWS_REGION=eu-west-1",
      "AWS_SECRET_ACCESS_KEY=key",
    ],
  ],
  [
    gcloudCli,
    "gcloud",
    { commands: ["mkdir a", "cd a", "gcloud info"], projectId: "p", serviceAccount: '{"type": "service_account"}' },
    [
      "gcloud info",
      expect.stringMatching(/^CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE=\/.*\.capstan-key\.json$/) as string,
      "CLOUDSDK_CORE_PROJECT=p",
      expect.stringMatching(/^GOOGLE_APPLICATION_CREDENTIALS=\/.*\.capstan-key\.json$/) as string,
      '{"type": "service_account"}',
    ],
  ],
  [
    azCli,
    "az",
    { commands: ["az group list"], username: "it's", password: "p w", tenant: "t", servicePrincipal: true },
    [
      "az login --output none --service-principal --username it's --password p w --tenant t",
      "CAPSTAN_AZURE_PASSWORD=p w",
      "az group list",
      "CAPSTAN_AZURE_PASSWORD=p w",
    ],
  ],
  [
    databricksCli,
    "databricks",
    { commands: ["databricks jobs list"], databricksHost: "https://h", databricksToken: "t" },
    ["databricks jobs list", "DATABRICKS_HOST=https://h", "DATABRICKS_TOKEN=t"],
  ],
  [
    snowflakeCli,
    "snow",
    { commands: ["snow sql"], account: "a", username: "u", privateKey: "PEM", privateKeyPassword: "p" },
    [
      "snow sql",
      "PRIVATE_KEY_PASSPHRASE=p",
      "SNOWFLAKE_ACCOUNT=a",
      "SNOWFLAKE_AUTHENTICATOR=SNOWFLAKE_JWT",
      expect.stringMatching(/^SNOWFLAKE_PRIVATE_KEY_FILE=\/.*\.capstan-key\.pem$/) as string,
      "SNOWFLAKE_USER=u",
      "PEM",
    ],
  ],
  [
    redisCli,
    "redis-cli",
    { commands: ["SET a b", "GET a"], host: "h", password: "p", tls: true, jsonOutput: true, username: "u" },
    [
      "redis-cli -e -h h -p 6379 -n 0 --user u --tls --json SET a b",
      "REDISCLI_AUTH=p",
      "redis-cli -e -h h -p 6379 -n 0 --user u --tls --json GET a",
      "REDISCLI_AUTH=p",
    ],
  ],
  [
    cloudQuerySync,
    "cloudquery",
    { configs: [{ kind: "source" }, "other file.yml"] },
    ["cloudquery sync config-0.yml other file.yml --log-console"],
  ],
  [
    ansibleCli,
    "ansible-playbook",
    { commands: ["ansible-playbook p.yml"], ansibleConfig: "[defaults]", inputFiles: { "p.yml": "[]" } },
    [
      "ansible-playbook p.yml",
      expect.stringMatching(/^ANSIBLE_CONFIG=\/.*\/ansible\.cfg$/) as string,
      "ANSIBLE_NOCOLOR=true",
      "[defaults]",
    ],
  ],
])("$type is called with what it needs", async (task, program, properties, expected) => {
  const { state, message, lines, world } = await runTool(task, properties, { program });
  await using _world = world;
  expect([state, message]).toEqual(["SUCCESS", undefined]);
  expect(lines).toEqual(expected);
});

test("a role is taken on by a profile, in which no value begins another setting", async () => {
  const properties = {
    commands: ["aws s3 ls"],
    stsRoleArn: "arn:aws:iam::1:role/r",
    stsRoleExternalId: "x\ncredential_process = id",
    stsCredentialSource: "EC2_INSTANCE_METADATA",
  };
  const { lines, world } = await runTool(awsCli, properties, { program: "aws" });
  await using _world = world;
  expect(lines.slice(-4)).toEqual([
    "[profile capstan]",
    "role_arn = arn:aws:iam::1:role/r",
    "credential_source = Ec2InstanceMetadata",
    "external_id = x credential_process = id",
  ]);
  expect(lines).toContain("AWS_PROFILE=capstan");
});

test("a tool runs in its own image, unless the task names another one", async () => {
  const images = [{}, { containerImage: "mine" }].map(async (more) => {
    const { image, world } = await runTool(terraform, { commands: ["terraform"], ...more }, { program: "terraform" });
    await world[Symbol.asyncDispose]();
    return image;
  });
  expect(await Promise.all(images)).toEqual(["hashicorp/terraform", "mine"]);
});

test("requirements of Ansible are installed where there are some", async () => {
  const inputFiles = { "requirements.yml": "[]" };
  const galaxy = { program: "ansible-galaxy" };
  const commands = ["true"];
  const installed = await runTool(ansibleCli, { commands, inputFiles }, galaxy);
  await using _one = installed.world;
  expect(installed.lines).toContain("ansible-galaxy install --role-file requirements.yml");
  const left = await runTool(ansibleCli, { commands, inputFiles, autoInstallGalaxyRequirements: false }, galaxy);
  await using _other = left.world;
  expect(left.lines).toEqual([]);
});

test("a command that fails fails the task with its outputs", async () => {
  const properties = { commands: ['echo \'::{"outputs":{"a":1}}::\'', "terraform apply", "echo never"] };
  const { state, message, outputs, lines, world } = await runTool(terraform, properties, {
    program: "terraform",
    script: "#!/bin/sh\nexit 3\n",
  });
  await using _world = world;
  expect([state, message]).toEqual(["FAILED", "Command failed with exit code 3"]);
  expect(outputs).toMatchObject({ exitCode: 3, vars: { a: 1 } });
  expect(lines).toEqual([]);
});

test("nothing to sync is a mistake", async () => {
  const { message, world } = await runTool(cloudQuerySync, { configs: [] }, { program: "cloudquery" });
  await using _world = world;
  expect(message).toBe("There is nothing to sync: `configs` is empty.");
});
