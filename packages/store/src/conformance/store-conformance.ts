import { describe, onTestFinished } from "vitest";
import type { Store } from "../store.ts";
import { commitTests } from "./commit-tests.ts";
import { executionListTests } from "./execution-list-tests.ts";
import { executionTests } from "./execution-tests.ts";
import { expiryTests, spanlessTests, spanTests } from "./expiry-tests.ts";
import type { Setup } from "./fixtures.ts";
import { flowTests } from "./flow-tests.ts";
import { idempotencyKeyTests } from "./idempotency-key-tests.ts";
import { logTests } from "./log-tests.ts";
import { metricTests } from "./metric-tests.ts";
import { recordTests } from "./record-tests.ts";
import { removalTests } from "./removal-tests.ts";
import { statisticTests } from "./statistic-tests.ts";
import { triggerTests } from "./trigger-tests.ts";
import { walkTests } from "./walk-tests.ts";

/** How the suite gets the stores it tests. */
export interface StoreFactory {
  /** A new, empty place for data. */
  create(): Promise<StorePlace>;
  /** Whether executions of the days around `T0` lie in spans, which go at one stroke. */
  readonly hasSpans?: boolean;
}
export interface StorePlace {
  /** A store on this place, not started; the one before was stopped. */
  open(): Store;
  /** Frees what the place holds, after the last store was stopped. */
  dispose(): Promise<void>;
}

/** Registers the tests that every store passes. */
export function storeConformance(name: string, factory: StoreFactory): void {
  const setup: Setup = async () => {
    const place = await factory.create();
    let store = place.open();
    onTestFinished(async () => {
      await store.stop();
      await place.dispose();
    });
    await store.start();
    return {
      store,
      reopen: async () => {
        await store.stop();
        store = place.open();
        await store.start();
        return store;
      },
    };
  };
  describe(`${name} as a store`, () => {
    describe("commits", () => {
      commitTests(setup);
    });
    describe("executions", () => {
      executionTests(setup);
    });
    describe("lists of executions", () => {
      executionListTests(setup);
    });
    describe("walks", () => {
      walkTests(setup);
    });
    describe("removal", () => {
      removalTests(setup);
    });
    describe("expiry", () => {
      expiryTests(setup);
      (factory.hasSpans === true ? spanTests : spanlessTests)(setup);
    });
    describe("logs", () => {
      logTests(setup);
    });
    describe("metrics", () => {
      metricTests(setup);
    });
    describe("statistics", () => {
      statisticTests(setup);
    });
    describe("flows", () => {
      flowTests(setup);
    });
    describe("triggers", () => {
      triggerTests(setup);
    });
    describe("key-values, timers, messages and documents", () => {
      recordTests(setup);
    });
    describe("idempotency keys", () => {
      idempotencyKeyTests(setup);
    });
  });
}
