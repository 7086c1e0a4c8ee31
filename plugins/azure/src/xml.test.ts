import { expect, test } from "vitest";
import { childAt, readXml, textAt } from "./xml.ts";

test("elements, attributes, entities and empty elements are read", () => {
  const root = readXml(
    `\u{feff}<?xml version="1.0"?><!-- a note --><List At='x>y'><Name Encoded="true">a &amp; &lt;b&gt; &#228;&#x1F600; &nbsp;&#x999999;</Name><Marker /><Data><![CDATA[<&]]></Data></List>`,
  );
  expect(textAt(root, "List", "Name")).toBe("a & <b> ä😀 &nbsp;&#x999999;");
  expect(childAt(root, "List", "Name")!.attributes).toContain('Encoded="true"');
  expect(childAt(root, "List")!.attributes).toContain("x>y");
  expect(textAt(root, "List", "Marker")).toBeUndefined();
  expect(textAt(root, "List", "Data")).toBe("<&");
  expect(textAt(root, "List", "Other", "Name")).toBeUndefined();
});

test.each(["", "no XML", "</a></b>", "<a", "<a><b></a>"])("%j does no harm", (source) => {
  expect(readXml(source).name).toBe("");
});
