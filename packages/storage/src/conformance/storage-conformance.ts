import { describe, onTestFinished } from "vitest";
import type { Storage } from "../storage.ts";
import { fileTests } from "./file-tests.ts";
import { folderTests } from "./folder-tests.ts";
import { pathTests } from "./path-tests.ts";

/** A fresh, started storage for one test; cleans up when the test ends. */
export type Setup = () => Promise<Storage>;

/** How the suite gets the storages it tests: new and empty, not started. */
export interface StorageFactory {
  create(): Promise<{ readonly storage: Storage; dispose(): Promise<void> }>;
}

/** Registers the tests that every storage passes. */
export function storageConformance(name: string, factory: StorageFactory): void {
  const setup: Setup = async () => {
    const created = await factory.create();
    onTestFinished(async () => {
      await created.storage.stop();
      await created.dispose();
    });
    await created.storage.start();
    return created.storage;
  };
  describe(`${name} as a storage`, () => {
    describe("files", () => {
      fileTests(setup);
    });
    describe("folders", () => {
      folderTests(setup);
    });
    describe("paths", () => {
      pathTests(setup);
    });
  });
}
