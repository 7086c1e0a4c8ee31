import { randomUUID } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { Fingerprint } from "../idempotency/fingerprint.ts";
import { readFormInputs, type StoreFile } from "../requests/form.ts";
import { executionFolder, inputPath } from "../requests/storage-paths.ts";
import type { Service } from "../service.ts";
import { existingExecution } from "./execution-lookup.ts";

interface FormCall {
  readonly tenant: string;
  readonly executionId: string;
  readonly request: FastifyRequest;
  readonly fingerprint?: Fingerprint | undefined;
}

/** Stores the files of a form, passes its inputs on, and removes the files again when they are refused. */
export async function withFormInputs<Answer>(
  service: Service,
  { tenant, executionId, request, fingerprint }: FormCall,
  take: (inputs: Readonly<Record<string, string>>) => Promise<Answer>,
): Promise<Answer> {
  const { storage } = service.runtime;
  const { row } = await existingExecution(service, tenant, executionId);
  const folder = executionFolder(row);
  const stored: string[] = [];
  try {
    const storeFile: StoreFile = async (inputId, fileName, content) => {
      const path = inputPath(folder, inputId, fileName, randomUUID());
      const uri = await storage.put(tenant, path, content);
      stored.push(path);
      return uri;
    };
    const inputs = await readFormInputs(request, new Set(), storeFile, fingerprint);
    return await take(inputs);
  } catch (error) {
    for (const path of stored) await storage.delete(tenant, path);
    throw error;
  }
}
