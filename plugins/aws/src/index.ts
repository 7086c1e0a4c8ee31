import { definePlugin } from "@capstan/sdk";
import { minioDefinitions } from "./minio/definitions.ts";
import { s3Definitions } from "./s3/definitions.ts";

export default definePlugin({
  name: "aws",
  title: "AWS and MinIO",
  category: "Cloud",
  definitions: [...s3Definitions, ...minioDefinitions],
});
