import { expect, test } from "vitest";
import { snowflakeAddress } from "./address.ts";

const log = { trace: noLine, debug: noLine, info: noLine, warn: noLine, error: noLine };
function noLine(): void {}

const read = (url: string, properties = {}) =>
  snowflakeAddress({ url, username: "ada", password: "pw", ...properties }, { log });

test.each([
  ["jdbc:snowflake://my-account.snowflakecomputing.com", "https://my-account.snowflakecomputing.com:443", "my-account"],
  [
    "jdbc:snowflake://xy12345.eu-west-1.snowflakecomputing.com/?db=D",
    "https://xy12345.eu-west-1.snowflakecomputing.com:443",
    "xy12345",
  ],
  [
    "jdbc:snowflake://acc-ab12.global.snowflakecomputing.com",
    "https://acc-ab12.global.snowflakecomputing.com:443",
    "acc",
  ],
  ["jdbc:snowflake://localhost:8080/?ssl=off&account=shop", "http://localhost:8080", "shop"],
  ["jdbc:snowflake://proxy:8443?account=shop", "https://proxy:8443", "shop"],
])("%s is read", (url, origin, account) => {
  expect(read(url)).toMatchObject({ origin, account });
});

const PLACES = "warehouse=W&db=D&schema=S&role=R&query_tag=T";

test("parameters of the address count, and properties go before them", () => {
  const url = `jdbc:snowflake://a.snowflakecomputing.com?${PLACES}`;
  expect(read(url)).toMatchObject({ warehouse: "W", database: "D", schema: "S", role: "R", queryTag: "T" });
  const given = { warehouse: "w", database: "d", schema: "s", role: "r", queryTag: "t" };
  expect(read(url, given)).toMatchObject(given);
});

test("who comes in may stand in the address, and the password is masked", () => {
  const masked: string[] = [];
  const url = "jdbc:snowflake://a.snowflakecomputing.com/?user=bob&password=p%40w";
  const address = snowflakeAddress({ url }, { log, mask: (value) => void masked.push(value) });
  expect(address).toMatchObject({ user: "bob", credentials: { password: "p@w" } });
  expect(masked).toEqual(["p@w"]);
});

test("a key goes before a password", () => {
  const { credentials } = read("jdbc:snowflake://a", { privateKey: "k", privateKeyPassword: "x" });
  expect(credentials).toEqual({ privateKey: "k", passphrase: "x" });
});

test.each([
  ["jdbc:mysql://a:s3cret@b", {}, /^`url` can't be used: it does not begin with jdbc:snowflake:/],
  ["jdbc:snowflake://a", { username: undefined }, "Nobody is named who connects: give `username`."],
  [
    "jdbc:snowflake://a",
    { password: undefined },
    "There is nothing to come in with: give `privateKey`, or `password`.",
  ],
  ["jdbc:snowflake://a?authenticator=externalbrowser", {}, /^`url` asks for the authenticator externalbrowser/],
])("%s with %j is refused", (url, properties, message) => {
  expect(() => read(url, properties)).toThrow(message);
  expect(() => read(url, properties)).not.toThrow(/s3cret/);
});
