import { definePlugin } from "@capstan/sdk";
import { minioDefinitions } from "./minio/definitions.ts";
import { s3Definitions } from "./s3/definitions.ts";
import { sqsDefinitions } from "./sqs/definitions.ts";

export default definePlugin({
  name: "aws",
  title: "AWS and MinIO",
  category: "Cloud",
  definitions: [...s3Definitions, ...minioDefinitions, ...sqsDefinitions],
  testedWith: [
    { types: "io.kestra.plugin.aws.s3", kind: "alike", what: "moto, a server that speaks S3" },
    { types: "io.kestra.plugin.aws.sqs", kind: "alike", what: "moto, a server that speaks SQS" },
    { types: "io.kestra.plugin.minio", kind: "alike", what: "moto, a server that speaks S3" },
  ],
});
