import { describe, expect, test } from "vitest";
import type { Environment, HostFunction } from "./environment.ts";
import { ExpressionError } from "./errors.ts";
import { LazyMap, scopeOf } from "./scope.ts";
import { settle, Suspension } from "./suspension.ts";
import { compile, renderDeep } from "./template.ts";
import { testEnvironment } from "./testing/rendering.ts";

/** A function of the host that answers later and counts its calls. */
function later(answer: (args: Record<string, unknown>) => unknown): HostFunction & { calls: number } {
  return {
    parameters: ["key", "namespace"],
    calls: 0,
    async call(args) {
      this.calls += 1;
      await Promise.resolve();
      return answer(args);
    },
  };
}

const settled = (source: string, environment: Environment, values: Record<string, unknown> = {}): Promise<string> =>
  settle(environment, (inner) => compile(source).render(scopeOf(values), inner));

describe("functions of the host", () => {
  test("get their arguments by name and go before built-in ones", () => {
    const seen: unknown[] = [];
    const echo: HostFunction = {
      parameters: ["a", "b"],
      call: (args, context) => {
        seen.push(args, context.source, context.scope.get("x"));
        return "host";
      },
    };
    const environment = testEnvironment({ functions: { echo, now: echo } });
    const source = "{{ echo(1, b=2) }}{{ now() }}";
    expect(compile(source).render(scopeOf({ x: 7 }), environment)).toBe("hosthost");
    expect(seen).toEqual([{ a: 1, b: 2 }, source, 7, {}, source, 7]);
  });

  test("refuse arguments they don't have", () => {
    const environment = testEnvironment({ functions: { kv: { parameters: ["key"], call: () => 1 } } });
    expect(() => compile("{{ kv(1, 2) }}").render(scopeOf({}), environment)).toThrow(
      "doesn't take 2 arguments; it takes `key`",
    );
    expect(() => compile("{{ kv(kee=1) }}").render(scopeOf({}), environment)).toThrow(
      "doesn't take the argument `kee`",
    );
  });

  test("an answer of undefined is null", () => {
    const environment = testEnvironment({ functions: { kv: { parameters: [], call: () => undefined } } });
    expect(compile("{{ kv() ?? 'x' }}").render(scopeOf({}), environment)).toBe("x");
  });
});

describe("asynchronous functions", () => {
  test("suspend the evaluation, which ends with their answers, each asked for once", async () => {
    const kv = later(({ key }) => `value of ${String(key)}`);
    const environment = testEnvironment({ functions: { kv } });
    const source = "{{ kv('a') }}, {{ kv('b') }}, {{ kv('a') }}";
    expect(await settled(source, environment)).toBe("value of a, value of b, value of a");
    expect(kv.calls).toBe(2);
  });

  test("are not called where they are not reached", async () => {
    const kv = later(() => 1);
    expect(await settled("{{ true ? 1 : kv('a') }}", testEnvironment({ functions: { kv } }))).toBe("1");
    expect(kv.calls).toBe(0);
  });

  test("fail the evaluation with their own error", async () => {
    const kv = later(() => {
      throw new Error("no such key");
    });
    const environment = testEnvironment({ functions: { kv } });
    await expect(settled("{{ kv('a') ?? 'x' }}", environment)).rejects.toThrow("no such key");
    expect(kv.calls).toBe(1);
  });

  test("answer null and values of any type", async () => {
    const environment = testEnvironment({ functions: { kv: later(() => null), list: later(() => [1, { a: 2 }]) } });
    expect(await settled("{{ kv('a') ?? 'x' }}{{ list()[1].a }}", environment)).toBe("x2");
  });

  test("are an error where nothing waits", () => {
    const environment = testEnvironment({ functions: { kv: later(() => Promise.reject(new Error("unheard"))) } });
    expect(() => compile("{{ kv('a') }}").render(scopeOf({}), environment)).toThrow("`kv` has to wait for its result");
  });

  test("see the same clock and the same random numbers in every evaluation", async () => {
    let time = 0;
    const drawn: string[] = [];
    const environment = testEnvironment({
      now: () => (time += 1000),
      functions: { wait: later(() => "-"), note: { parameters: ["t"], call: (args) => drawn.push(String(args["t"])) } },
    });
    await settled(
      "{{ note(uuid() ~ now() ~ randomInt(0, 1000000)) }}{{ wait(1) }}{{ wait(2) }}{{ uuid() }}",
      environment,
    );
    expect(drawn).toHaveLength(3);
    expect(new Set(drawn).size).toBe(1);
  });

  test("whose arguments change with every answer can't loop for ever", async () => {
    let count = 0;
    const environment = testEnvironment({
      functions: { next: { parameters: [], call: () => (count += 1) }, wait: later(() => 1) },
    });
    await expect(settled("{{ wait(next()) }}", environment)).rejects.toThrow("had to wait more than 1000 times");
    expect(count).toBe(1001);
  });

  test("work in whole maps at once", async () => {
    const secret = later(({ key }) => `s-${String(key)}`);
    const environment = testEnvironment({ functions: { secret } });
    const value = await settle(environment, (inner) =>
      renderDeep({ a: "{{ secret('A') }}", b: ["{{ secret('B') }}"] }, scopeOf({}), inner),
    );
    expect(value).toEqual({ a: "s-A", b: ["s-B"] });
    expect(secret.calls).toBe(2);
  });
});

describe("lazy maps that are not loaded", () => {
  class Loading extends LazyMap {
    loaded = false;
    override get(key: string): unknown {
      if (this.loaded) return `loaded ${key}`;
      throw new Suspension(
        (async () => {
          await Promise.resolve();
          this.loaded = true;
        })(),
      );
    }
    override keys(): string[] {
      return ["a"];
    }
  }

  test("suspend the evaluation until they are", async () => {
    expect(await settled("{{ outputs.a ?? 'x' }}", testEnvironment(), { outputs: new Loading() })).toBe("loaded a");
  });

  test("fail the evaluation when loading fails", async () => {
    class Broken extends Loading {
      override get(): unknown {
        throw new Suspension(Promise.reject(new Error("store is away")));
      }
    }
    await expect(settled("{{ outputs.a }}", testEnvironment(), { outputs: new Broken() })).rejects.toThrow(
      "store is away",
    );
  });
});

describe("errors", () => {
  test("other than suspensions pass through at once", async () => {
    await expect(settled("{{ missing }}", testEnvironment())).rejects.toBeInstanceOf(ExpressionError);
  });
});
