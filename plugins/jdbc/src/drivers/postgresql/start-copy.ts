import type { DatabaseContext } from "../../connection.ts";
import { POSTGRES } from "./driver.ts";
import { postgresAddress } from "./address.ts";
import { connectPostgres, type PostgresSession } from "./connect.ts";
import type { CopyProperties } from "./copy-options.ts";

/** A session for one COPY. */
export async function startCopy(
  context: DatabaseContext & { readonly properties: CopyProperties },
): Promise<PostgresSession> {
  const { properties, signal } = context;
  const session = await connectPostgres(postgresAddress(properties, POSTGRES, context), { signal });
  if (properties.socketTimeout !== undefined && properties.socketTimeout > 0)
    session.loseAfterSilence(properties.socketTimeout * 1000);
  return session;
}
