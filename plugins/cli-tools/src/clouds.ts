import { dynamic, secret, text } from "@capstan/sdk";
import { quoted } from "@capstan/sdk/commands";
import { z } from "zod";
import { toolTask } from "./tool-task.ts";

/** Where a tool finds the key that it was given, in its working folder. */
const KEY_FILE = ".capstan-key.json";
/** And the role that it takes on. */
const ROLE_FILE = ".capstan-aws-config";

/** `aws`, as whoever the properties or the worker's own credentials say. */
export const awsCli = toolTask({
  type: "io.kestra.plugin.aws.cli.AwsCLI",
  title: "Run commands with the AWS CLI",
  image: "amazon/aws-cli",
  properties: () => ({
    region: text().optional().describe("Region."),
    endpointOverride: text().optional().describe("Address of a service that speaks as AWS does."),
    accessKeyId: text().optional().describe("Id of the access key."),
    secretKeyId: secret().optional().describe("Secret of the access key."),
    sessionToken: secret().optional().describe("Token of temporary credentials."),
    stsRoleArn: text().optional().describe("Role to take on. The CLI does so by itself, with the credentials above."),
    stsRoleExternalId: text().optional().describe("External id for taking on the role."),
    stsRoleSessionName: text().optional().describe("Name of the session."),
    stsCredentialSource: dynamic(z.enum(["ENVIRONMENT", "EC2_INSTANCE_METADATA", "ECS_CONTAINER"]))
      .optional()
      .describe("Whose credentials take on the role. Default: ENVIRONMENT."),
    outputFormat: dynamic(z.enum(["JSON", "TEXT", "TABLE", "YAML"]))
      .default("JSON")
      .describe("How answers are written."),
    stsEndpointOverride: text()
      .optional()
      .meta({ deprecated: true, description: "Accepted for compatibility, without effect." }),
    stsRoleSessionDuration: text()
      .optional()
      .meta({ deprecated: true, description: "Accepted for compatibility, without effect." }),
    compatibilityMode: dynamic(z.boolean())
      .optional()
      .meta({ deprecated: true, description: "Accepted for compatibility, without effect." }),
    forcePathStyle: dynamic(z.boolean())
      .optional()
      .meta({ deprecated: true, description: "Accepted for compatibility, without effect." }),
  }),
  example: `accessKeyId: "{{ secret('AWS_ACCESS_KEY_ID') }}"\nsecretKeyId: "{{ secret('AWS_SECRET_ACCESS_KEY') }}"\nregion: eu-central-1\ncommands:\n  - aws s3 ls\n`,
  prepare: (properties) => ({
    env: {
      AWS_REGION: properties.region,
      AWS_DEFAULT_REGION: properties.region,
      AWS_ENDPOINT_URL: properties.endpointOverride,
      AWS_ACCESS_KEY_ID: properties.accessKeyId,
      AWS_SECRET_ACCESS_KEY: properties.secretKeyId,
      AWS_SESSION_TOKEN: properties.sessionToken,
      AWS_DEFAULT_OUTPUT: properties.outputFormat.toLowerCase(),
    },
    ...(properties.stsRoleArn !== undefined && {
      files: { [ROLE_FILE]: roleProfile(properties) },
      setup: [`export AWS_CONFIG_FILE="$PWD/${ROLE_FILE}" AWS_PROFILE=capstan`],
    }),
  }),
});

const SOURCES = {
  ENVIRONMENT: "Environment",
  EC2_INSTANCE_METADATA: "Ec2InstanceMetadata",
  ECS_CONTAINER: "EcsContainer",
} as const;

interface Role {
  readonly stsRoleArn?: string | undefined;
  readonly stsRoleExternalId?: string | undefined;
  readonly stsRoleSessionName?: string | undefined;
  readonly stsCredentialSource?: keyof typeof SOURCES | undefined;
}

function roleProfile({ stsRoleArn, stsRoleExternalId, stsRoleSessionName, stsCredentialSource = "ENVIRONMENT" }: Role) {
  const settings = {
    role_arn: stsRoleArn,
    credential_source: SOURCES[stsCredentialSource],
    external_id: stsRoleExternalId,
    role_session_name: stsRoleSessionName,
  };
  const lines = Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} = ${oneLine(value!)}\n`);
  return `[profile capstan]\n${lines.join("")}`;
}

/** A line's end would begin another setting. */
function oneLine(value: string): string {
  return value.replaceAll(/[\r\n]+/g, " ");
}

/** `gcloud`, as a service account. */
export const gcloudCli = toolTask({
  type: "io.kestra.plugin.gcp.cli.GCloudCLI",
  title: "Run commands with the Google Cloud CLI",
  image: "google/cloud-sdk",
  properties: () => ({
    serviceAccount: secret().optional().describe("Key of a service account, as the JSON that Google gives."),
    projectId: text().optional().describe("Project."),
  }),
  example: `serviceAccount: "{{ secret('GCP_CREDENTIALS') }}"\nprojectId: my-project\ncommands:\n  - gcloud storage ls\n`,
  prepare: ({ serviceAccount, projectId }) => ({
    env: { CLOUDSDK_CORE_PROJECT: projectId },
    ...(serviceAccount !== undefined && {
      files: { [KEY_FILE]: serviceAccount },
      setup: [
        `export GOOGLE_APPLICATION_CREDENTIALS="$PWD/${KEY_FILE}" CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE="$PWD/${KEY_FILE}"`,
      ],
    }),
  }),
});

/** `az`, logged in before the commands. */
export const azCli = toolTask({
  type: "io.kestra.plugin.azure.cli.AzCLI",
  title: "Run commands with the Azure CLI",
  image: "mcr.microsoft.com/azure-cli",
  properties: () => ({
    username: text().optional().describe("Name, or the id of a service principal."),
    password: secret().optional().describe("Password, or the secret of the service principal."),
    tenant: text().optional().describe("Tenant."),
    servicePrincipal: dynamic(z.boolean()).default(false).describe("Whether `username` is a service principal."),
  }),
  example: `username: "{{ secret('AZURE_CLIENT_ID') }}"\npassword: "{{ secret('AZURE_CLIENT_SECRET') }}"\ntenant: "{{ secret('AZURE_TENANT_ID') }}"\nservicePrincipal: true\ncommands:\n  - az group list\n`,
  prepare: ({ username, password, tenant, servicePrincipal }) => {
    if (username === undefined) return {};
    const words = [
      "az login --output none",
      ...(servicePrincipal ? ["--service-principal"] : []),
      `--username ${quoted(username)}`,
      // From the environment: an argument can be read by whoever may list processes.
      ...(password === undefined ? [] : ['--password "$CAPSTAN_AZURE_PASSWORD"']),
      ...(tenant === undefined ? [] : [`--tenant ${quoted(tenant)}`]),
    ];
    return { env: { CAPSTAN_AZURE_PASSWORD: password }, setup: [words.join(" ")] };
  },
});
