import { definePlugin } from "@capstan/sdk";
import { athenaDefinitions } from "./athena/definitions.ts";
import { cloudwatchDefinitions } from "./cloudwatch/definitions.ts";
import { dynamodbDefinitions } from "./dynamodb/definitions.ts";
import { ecrDefinitions } from "./ecr/definitions.ts";
import { eventbridgeDefinitions } from "./eventbridge/definitions.ts";
import { glueDefinitions } from "./glue/definitions.ts";
import { kinesisDefinitions } from "./kinesis/definitions.ts";
import { lambdaDefinitions } from "./lambda/definitions.ts";
import { snsDefinitions } from "./sns/definitions.ts";
import { minioDefinitions } from "./minio/definitions.ts";
import { s3Definitions } from "./s3/definitions.ts";
import { sqsDefinitions } from "./sqs/definitions.ts";

export default definePlugin({
  name: "aws",
  title: "AWS and MinIO",
  category: "Cloud",
  definitions: [
    ...s3Definitions,
    ...minioDefinitions,
    ...sqsDefinitions,
    ...snsDefinitions,
    ...eventbridgeDefinitions,
    ...kinesisDefinitions,
    ...dynamodbDefinitions,
    ...lambdaDefinitions,
    ...athenaDefinitions,
    ...glueDefinitions,
    ...cloudwatchDefinitions,
    ...ecrDefinitions,
  ],
  testedWith: [
    { types: "io.kestra.plugin.aws.s3", kind: "alike", what: "moto, a server that speaks S3" },
    { types: "io.kestra.plugin.aws.sqs", kind: "alike", what: "moto, a server that speaks SQS" },
    { types: "io.kestra.plugin.aws.sns", kind: "alike", what: "moto, whose topics reach its queues" },
    { types: "io.kestra.plugin.aws.eventbridge", kind: "alike", what: "moto, whose rules reach its queues" },
    { types: "io.kestra.plugin.aws.kinesis", kind: "alike", what: "moto, a server that speaks Kinesis" },
    { types: "io.kestra.plugin.aws.dynamodb", kind: "alike", what: "moto, a server that speaks DynamoDB" },
    { types: "io.kestra.plugin.aws.cloudwatch", kind: "alike", what: "moto, a server that speaks CloudWatch" },
    { types: "io.kestra.plugin.aws.ecr", kind: "alike", what: "moto, a server that speaks ECR" },
    {
      types: "io.kestra.plugin.aws.athena",
      kind: "alike",
      what: "moto, which answers rows that it is told, and runs no SQL",
    },
    {
      types: "io.kestra.plugin.aws.glue",
      kind: "alike",
      what: "moto, which runs no jobs; for what it lacks (stopping, failures) a server that answers as AWS documents it",
    },
    {
      types: "io.kestra.plugin.aws.lambda",
      kind: "stand-in",
      what: "a server that answers invocations as AWS documents it",
    },
    { types: "io.kestra.plugin.minio", kind: "alike", what: "moto, a server that speaks S3" },
  ],
});
