import { expect, test } from "vitest";
import { documentText } from "./document-text.ts";

test.each<[string, string, string, string]>([
  ["a.txt", "", "\uFEFFPlain <b>text</b>", "Plain <b>text</b>"],
  [
    "https://example.com/",
    "text/html; charset=utf-8",
    "<html><head><title>T</title><style>p{}</style><script>let a = '<p>';</script></head><body><h1>Tea</h1><p>Hot &amp; <b>sweet</b>&#33; &#x1F375; &unknown;</p><ul><li>One</li><li>Two</li></ul><!-- no --></body></html>",
    "T\n\nTea\n\nHot & sweet! 🍵 &unknown;\n\nOne\n\nTwo",
  ],
  ["page.html", "", "<p>One<br>two</p>", "One\ntwo"],
  ["no-name", "", "<!DOCTYPE html><p>One</p>", "One"],
])("%s of the type %j is a text", async (name, type, content, text) => {
  expect(await documentText(name, Buffer.from(content), type)).toBe(text);
});

/** A file of one page, without a table of its objects: readers make one. */
const PDF = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 37>>stream
BT /F 9 Tf 9 9 Td (Tea is hot) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>`;

test("a PDF file is read", async () => {
  expect(await documentText("tea.pdf", Buffer.from(PDF))).toBe("Tea is hot");
});

test.each<[string, Buffer, RegExp]>([
  ["broken.pdf", Buffer.from("%PDF-1.4\nnothing"), /^broken\.pdf is a PDF file that can't be read: /],
  ["image.png", Buffer.from([137, 80, 78, 71, 0, 0]), /^image\.png is neither a text nor a PDF file/],
])("%s is refused", async (name, bytes, message) => {
  await expect(documentText(name, bytes)).rejects.toThrow(message);
});
