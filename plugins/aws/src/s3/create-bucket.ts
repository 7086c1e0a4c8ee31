import { defineTask, dynamic, text } from "@capstan/sdk";
import type { CreateBucketCommandInput } from "@aws-sdk/client-s3";
import { z } from "zod";
import { told } from "../aws-failure.ts";
import { connectionOf, connectionProperties, pathStyleProperties } from "../connection.ts";
import { openS3, type S3Access } from "./access.ts";

/** The region that a bucket is made in when its request names none; it must not be named. */
const REGION_UNNAMED = "us-east-1";

const grantee = (what: string) =>
  text().optional().describe(`Who ${what}, such as \`id="<account>"\` or \`uri="<group>"\`.`);

/** Makes a bucket. */
export const createBucket = defineTask({
  type: "io.kestra.plugin.aws.s3.CreateBucket",
  title: "Make a bucket of S3",
  properties: () =>
    z.object({
      ...connectionProperties(),
      ...pathStyleProperties(),
      bucket: text().describe("Name of the bucket."),
      acl: text().optional().describe("A canned ACL, such as `private`."),
      grantFullControl: grantee("may do everything with the bucket"),
      grantRead: grantee("may list the objects"),
      grantReadACP: grantee("may read the bucket's ACL"),
      grantWrite: grantee("may write objects"),
      grantWriteACP: grantee("may write the bucket's ACL"),
      objectLockEnabledForBucket: dynamic(z.boolean()).optional().describe("Whether objects can be locked."),
    }),
  outputs: () =>
    z.object({
      bucket: z.string().describe("Name of the bucket."),
      region: z.string().describe("Region that it is in."),
    }),
  examples: [
    {
      title: "Make a bucket for backups that nobody can delete",
      code: "id: make\ntype: io.kestra.plugin.aws.s3.CreateBucket\nbucket: company-backups\nregion: eu-central-1\nobjectLockEnabledForBucket: true\n",
    },
  ],
  async run({ properties, identity, signal, log }) {
    const { bucket } = properties;
    using access = await openS3(connectionOf(properties, identity), signal);
    const region = await makeBucket(access, {
      Bucket: bucket,
      ACL: properties.acl as CreateBucketCommandInput["ACL"],
      GrantFullControl: properties.grantFullControl,
      GrantRead: properties.grantRead,
      GrantReadACP: properties.grantReadACP,
      GrantWrite: properties.grantWrite,
      GrantWriteACP: properties.grantWriteACP,
      ObjectLockEnabledForBucket: properties.objectLockEnabledForBucket,
    });
    log.info(`Made the bucket ${bucket} in ${region}`);
    return { bucket, region };
  },
});

type Configuration = NonNullable<CreateBucketCommandInput["CreateBucketConfiguration"]>;

/** Makes a bucket in the region of the connection, which it answers. */
export async function makeBucket({ s3, signal }: S3Access, input: CreateBucketCommandInput): Promise<string> {
  const what = `Making the bucket ${input.Bucket}`;
  const region = await told(what, s3.config.region());
  const CreateBucketConfiguration = { LocationConstraint: region as Configuration["LocationConstraint"] };
  const placed = region === REGION_UNNAMED ? input : { ...input, CreateBucketConfiguration };
  await told(what, s3.createBucket(placed, { abortSignal: signal }));
  return region;
}
