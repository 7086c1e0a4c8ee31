import type { z } from "zod";
import type { Tool } from "./tool-task.ts";

const PREFIX = "io.kestra.plugin.";
const commands = (...lines: readonly string[]) => `commands:\n${lines.map((line) => `  - ${line}\n`).join("")}`;

/** Tools that want nothing but their commands: what they log in with are variables of their own. */
export const PLAIN_TOOLS: readonly Tool<z.ZodRawShape>[] = [
  {
    type: `${PREFIX}terraform.cli.TerraformCLI`,
    title: "Run commands with Terraform",
    description:
      "Variables go in as `TF_VAR_<name>` in `env`; the state belongs into a backend that outlives the task.",
    image: "hashicorp/terraform",
    example: `inputFiles:\n  main.tf: |\n    output "greeting" {\n      value = "Hello"\n    }\nbeforeCommands:\n  - terraform init\n${commands("terraform apply -auto-approve", "terraform output -json > outputs.json")}outputFiles: [outputs.json]\n`,
  },
  {
    type: `${PREFIX}opentofu.cli.OpenTofuCLI`,
    title: "Run commands with OpenTofu",
    image: "ghcr.io/opentofu/opentofu",
    example: `namespaceFiles:\n  enabled: true\n${commands("tofu init", "tofu plan")}`,
  },
  {
    type: `${PREFIX}terragrunt.cli.TerragruntCLI`,
    title: "Run commands with Terragrunt",
    image: "alpine/terragrunt",
    example: `namespaceFiles:\n  enabled: true\n${commands("terragrunt run --all plan")}`,
  },
  {
    type: `${PREFIX}trivy.cli.TrivyCLI`,
    title: "Run commands with Trivy",
    image: "ghcr.io/aquasecurity/trivy",
    example: commands("trivy image --severity HIGH,CRITICAL --exit-code 1 nginx:latest"),
  },
  {
    type: `${PREFIX}sqlmesh.cli.SQLMeshCLI`,
    title: "Run commands with SQLMesh",
    image: "ghcr.io/kestra-io/sqlmesh",
    example: `namespaceFiles:\n  enabled: true\n${commands("sqlmesh plan --auto-apply")}`,
  },
  {
    type: `${PREFIX}modal.cli.ModalCLI`,
    title: "Run commands with Modal",
    image: "ghcr.io/kestra-io/modal",
    example: `env:\n  MODAL_TOKEN_ID: "{{ secret('MODAL_TOKEN_ID') }}"\n  MODAL_TOKEN_SECRET: "{{ secret('MODAL_TOKEN_SECRET') }}"\nnamespaceFiles:\n  enabled: true\n${commands("modal run script.py")}`,
  },
  {
    type: `${PREFIX}cloudquery.CloudQueryCLI`,
    title: "Run commands with CloudQuery",
    image: "ghcr.io/cloudquery/cloudquery:latest-ubuntu",
    example: `namespaceFiles:\n  enabled: true\n${commands("cloudquery sync config.yml --log-console")}`,
  },
  {
    type: `${PREFIX}spark.SparkCLI`,
    title: "Run commands with Apache Spark",
    image: "apache/spark:4.0.1-java21-r",
    example: `namespaceFiles:\n  enabled: true\n${commands("/opt/spark/bin/spark-submit --master spark://spark.example.com:7077 job.py")}`,
  },
  {
    type: `${PREFIX}dlt.CLI`,
    title: "Run commands with dlt",
    image: "ghcr.io/kestra-io/dlt",
    example: `namespaceFiles:\n  enabled: true\n${commands("dlt --version", "python pipeline.py")}`,
  },
  {
    type: `${PREFIX}dataform.cli.DataformCLI`,
    title: "Run commands with Dataform",
    image: "dataformco/dataform:latest",
    example: `namespaceFiles:\n  enabled: true\n${commands("dataform compile")}`,
  },
  {
    type: `${PREFIX}liquibase.CLI`,
    title: "Run commands with Liquibase",
    image: "ghcr.io/kestra-io/liquibase:latest",
    example: `env:\n  LIQUIBASE_COMMAND_URL: jdbc:postgresql://db.example.com/app\n  LIQUIBASE_COMMAND_PASSWORD: "{{ secret('DB_PASSWORD') }}"\nnamespaceFiles:\n  enabled: true\n${commands("liquibase update --changelog-file=changelog.sql")}`,
  },
  {
    type: `${PREFIX}malloy.CLI`,
    title: "Run commands with Malloy",
    image: "ghcr.io/kestra-io/malloy",
    example: `namespaceFiles:\n  enabled: true\n${commands("malloy-cli run model.malloy")}`,
  },
  {
    type: `${PREFIX}jdbc.clickhouse.ClickHouseLocalCLI`,
    title: "Run commands with clickhouse-local",
    image: "clickhouse/clickhouse-server:latest",
    example: commands("clickhouse-local --query \"SELECT count() FROM file('data.csv')\""),
  },
];
