import { dynamic, secret, text } from "@capstan/sdk";
import { z } from "zod";
import { type Connection, keyOf, regionOf } from "../connection.ts";
import { selectionProperties } from "../s3/object-properties.ts";

/** Where a server of MinIO is, and who asks it. */
export const connectionProperties = () => ({
  endpoint: text().optional().describe("Address of the server, such as `http://minio:9000`. Default: S3 of AWS."),
  region: text().optional().describe("Region of the server. Default: `AWS_REGION` of the worker, or `us-east-1`."),
  accessKeyId: secret()
    .optional()
    .describe("Name of the user, or id of an access key. Default: the credentials that the worker finds for AWS."),
  secretKeyId: secret().optional().describe("The password, or the secret access key."),
  caPem: text().optional().describe("Certificates to trust, as PEM; where given, no others are trusted."),
  clientPem: secret()
    .optional()
    .describe("Certificate and private key to show to the server, as PEM, one behind the other."),
  ssl: z
    .object({
      insecureTrustAllCertificates: dynamic(z.boolean())
        .optional()
        .describe("Whether certificates are not checked. For tests only."),
    })
    .optional()
    .describe("How certificates are checked."),
});

/** Which objects of a bucket are meant. */
export const minioSelection = () => {
  const { bucket, prefix, delimiter, marker, regexp, filter } = selectionProperties();
  return { bucket, prefix, delimiter, marker, regexp, filter };
};

type ConnectionProperties = z.output<z.ZodObject<ReturnType<typeof connectionProperties>>>;

/** Throws `TaskFailure` for half a key. */
export function connectionOf(properties: ConnectionProperties): Connection {
  const { endpoint, region, caPem: ca, clientPem: client, ssl } = properties;
  const trustsAll = ssl?.insecureTrustAllCertificates ?? false;
  return {
    region: regionOf(region, endpoint),
    endpoint,
    forcesPathStyle: endpoint !== undefined,
    isOldFashioned: endpoint !== undefined,
    credentials: keyOf(properties),
    role: undefined,
    ...((ca !== undefined || client !== undefined || trustsAll) && { tls: { ca, client, trustsAll } }),
  };
}
