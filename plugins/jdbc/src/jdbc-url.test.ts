import { expect, test } from "vitest";
import { parseJdbcUrl } from "./jdbc-url.ts";

const SHAPE = { schemes: ["postgresql"], port: 5432, example: "jdbc:postgresql://host/db" };
const parse = (url: string) => {
  const { parameters, ...address } = parseJdbcUrl(url, SHAPE);
  return { ...address, parameters: Object.fromEntries(parameters) };
};
const NOBODY = { user: undefined, password: undefined, parameters: {} };

test.each([
  ["jdbc:postgresql://h:1/d", { hosts: [{ host: "h", port: 1 }], database: "d", ...NOBODY }],
  ["postgresql://h/d", { hosts: [{ host: "h", port: 5432 }], database: "d", ...NOBODY }],
  ["jdbc:postgresql://h", { hosts: [{ host: "h", port: 5432 }], database: undefined, ...NOBODY }],
  ["jdbc:postgresql:d", { hosts: [{ host: "localhost", port: 5432 }], database: "d", ...NOBODY }],
  ["jdbc:postgresql:///d%2Fe", { hosts: [{ host: "localhost", port: 5432 }], database: "d/e", ...NOBODY }],
  ["jdbc:postgresql://[::1]:2/d", { hosts: [{ host: "::1", port: 2 }], database: "d", ...NOBODY }],
  [
    "jdbc:postgresql://a:1,b/d",
    {
      hosts: [
        { host: "a", port: 1 },
        { host: "b", port: 5432 },
      ],
      database: "d",
      ...NOBODY,
    },
  ],
  [
    "jdbc:postgresql://u:p%40%3A@h/d",
    { hosts: [{ host: "h", port: 5432 }], database: "d", user: "u", password: "p@:", parameters: {} },
  ],
  [
    "jdbc:postgresql://h/d?User=u&password=p%3D=q&sslMode=require;x",
    {
      hosts: [{ host: "h", port: 5432 }],
      database: "d",
      user: "u",
      password: "p==q",
      parameters: { user: "u", password: "p==q", sslmode: "require", x: "" },
    },
  ],
])("%s is read", (url, address) => {
  expect(parse(url)).toEqual(address);
});

test.each([
  ["jdbc:mysql://u:secret@h/d", "it does not begin with jdbc:postgresql:"],
  ["h:5432/secret", "it does not begin with jdbc:postgresql:"],
  ["jdbc:postgresql://u:secret%@h/d", "a % in it is not followed by two digits of a character"],
  ["jdbc:postgresql://u:secret@h:port/d", "its host is no name, with a port or without"],
  ["jdbc:postgresql://u:secret@h:70000/d", "its host is no name, with a port or without"],
])("%s is refused, without what is in it", (url, reason) => {
  expect(() => parse(url)).toThrow(`\`url\` can't be used: ${reason}. It looks like jdbc:postgresql://host/db`);
});
