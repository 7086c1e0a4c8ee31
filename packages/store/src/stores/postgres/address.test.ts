import { expect, test } from "vitest";
import { parseAddress } from "./address.ts";

test("an address says where the database is and how to come in", () => {
  const address = parseAddress("postgresql://ada:p%40ss@db.example.org:6432/work%20flows?sslmode=verify-full");
  expect(address).toEqual({
    host: "db.example.org",
    port: 6432,
    database: "work flows",
    user: "ada",
    password: "p@ss",
    security: { mode: "verify-full", rootCertificate: undefined },
    label: "db.example.org:6432/work flows",
  });
});

test("what an address leaves out is as usual", () => {
  const { host, port, password, security } = parseAddress("postgres://ada@db/x");
  expect({ host, port, password, mode: security.mode }).toEqual({
    host: "db",
    port: 5432,
    password: undefined,
    mode: "prefer",
  });
  expect(parseAddress("postgres://ada@[::1]:1/x").host).toBe("::1");
  expect(parseAddress("postgres://ada@localhost/x?host=/run/postgresql")).toMatchObject({
    host: "/run/postgresql",
    security: { mode: "disable" },
  });
});

test.each([
  ["mysql://ada@db/x", "does not begin with postgres://"],
  ["postgres://ada:hid#den@db/x", "%23"],
  ["postgres://ada:hid%den@db/x", "two digits"],
  ["postgres://db/x", "names no user"],
  ["postgres://ada:hidden@db", "names no database"],
  ["postgres://ada:hidden@db/x?sslmode=no", 'sslmode is "no"'],
  ["postgres://ada:hidden@db/x?schema=a", 'the parameter "schema"'],
  ["postgres://ada:hidden@db/x?sslrootcert=/nowhere.pem", "sslrootcert"],
])("%s is refused with a reason and without the password", (url, reason) => {
  const refusal = refusalOf(url);
  expect(refusal).toMatchObject({ code: "store-refused", message: expect.stringContaining(reason) });
  expect(String(refusal)).not.toMatch(/hid/);
});

function refusalOf(url: string): unknown {
  try {
    return parseAddress(url);
  } catch (error) {
    return error;
  }
}
