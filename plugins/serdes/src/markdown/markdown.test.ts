import { marked } from "marked";
import { expect, test } from "vitest";
import { convert } from "../testing/convert.ts";
import { htmlToMarkdown } from "./html-to-markdown.ts";
import { DOCUMENT_CHARACTERS_MAX } from "./markdown-file.ts";
import { markdownToHtml } from "./markdown-to-html.ts";
import { markdownToText } from "./markdown-to-text.ts";
import { DEPTH_MAX } from "./markdown-writer.ts";

test.each([
  ["# A *title*", "<h1>A <em>title</em></h1>\n"],
  [
    "a | b\n--|--\n1 | 2\n",
    "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody><tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody></table>\n",
  ],
  ["~~gone~~ https://example.com", '<p><del>gone</del> <a href="https://example.com">https://example.com</a></p>\n'],
  ["", ""],
])("%j is the HTML %j", async (markdown, html) => {
  const { text, message, uri } = await convert(markdownToHtml, markdown);
  expect([message, text]).toEqual([undefined, html]);
  expect(uri).toMatch(/\.html$/);
});

test("the charset is that of both files", async () => {
  const { bytes } = await convert(markdownToHtml, Buffer.from("Größe", "latin1"), { charset: "ISO-8859-1" });
  expect(bytes.toString("latin1")).toBe("<p>Größe</p>\n");
});

test.each([
  [
    "# A *title*\n\nand **text** with `code`, [a link](https://a.b) and ![a picture](c.png)\n",
    "A title\n\nand text with code, a link and a picture\n",
  ],
  ["- one\n- two\n  - deep\n\n3. three\n4. four\n", "- one\n- two\n  - deep\n\n3. three\n4. four\n"],
  ["- [x] done\n- [ ] to do\n", "- [x] done\n- [ ] to do\n"],
  ["> said\n> twice\n", "said\ntwice\n"],
  ["```js\nlet a = 1 < 2;\n```\n", "let a = 1 < 2;\n"],
  ["a | b\n--|--\n**1** | 2\n", "a\tb\n1\t2\n"],
  [
    "a <b>bold</b> word<br>and &lt; \\* & more\n\n<div>\nin <i>HTML</i>\n</div>\n\n<!-- nothing -->\n",
    "a bold wordand < * & more\n\nin HTML\n",
  ],
  ["one  \ntwo\n\n---\n\nthree", "one\ntwo\n\n---\n\nthree\n"],
  ["", ""],
])("of %j a reader sees %j", async (markdown, expected) => {
  const { text, message } = await convert(markdownToText, markdown);
  expect([message, text]).toEqual([undefined, expected]);
});

test.each([
  ["<h2>A\n  <em>title</em></h2><p>and  text", "## A *title*\n\nand text\n"],
  ["<p>one<br>two</p><hr><p>three</p>", "one\ntwo\n\n---\n\nthree\n"],
  [
    "<ul><li>one<li>two<ul><li>deep</li></ul></ul><ol start=3><li><p>three</p><p>more</p></ol>",
    "- one\n- two\n  - deep\n3. three\n\n   more\n",
  ],
  ["<pre><code class=x>a *b*\n\n\n  c &lt; d\n</code></pre>", "```\na *b*\n\n\n  c < d\n```\n"],
  ["<pre>``` in it</pre>", "````\n``` in it\n````\n"],
  ["<p><code>a_b</code> <code>`</code> a_b *c* [d] 1 &lt; 2</p>", "`a_b` `` ` `` a\\_b \\*c\\* \\[d\\] 1 \\< 2\n"],
  ["<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b\n"],
  [
    "<table><tr><th>a</th><th>b|c</th></tr><tr><td>1<br>2</td><td></td></tr></table>",
    "| a | b\\|c |\n| --- | --- |\n| 1 2 |  |\n",
  ],
  ["<a href='/x (1)'> go </a><a>no</a><img src=y.png alt='a [b]'><img>", "[go](/x%20%281%29) no![a \\[b\\]](y.png)\n"],
  [
    "<p># no heading</p><p>- no list</p><p>1. no list</p><p>> no quote</p><p>1.5 and a-b</p>",
    "\\# no heading\n\n\\- no list\n\n1\\. no list\n\n\\> no quote\n\n1.5 and a-b\n",
  ],
  ["<head><title>t</title></head><script>1</script><style>2</style><p>a<!-- b --></p><svg><text>c</text></svg>", "a\n"],
  ["<div>a<div>b</div>c <b>d<p>e</p></b></div>", "a\n\nb\n\nc **d\n\ne**\n"],
  ["<p>&auml;&#8364;&nbsp;x", "ä€ x\n"],
  ["", ""],
  ["</p></div>stray", "stray\n"],
])("%j is the Markdown %j", async (html, expected) => {
  const { text, message } = await convert(htmlToMarkdown, html);
  expect([message, text]).toEqual([undefined, expected]);
});

test.each([
  [{ ignoreTags: ["nav", "FOOTER"] }, "[a](b)\n"],
  [{ ignoreTags: "nav" }, "[a](b)\n\nlast\n"],
  [{ baseUri: "https://example.com/docs/page" }, "menu\n\n[a](https://example.com/docs/b)\n\nlast\n"],
])("with %j a page is %j", async (properties, expected) => {
  const page = "<nav>menu <div>deep</div></nav><p><a href=b>a</a></p><footer>last</footer>".replace(
    " <div>deep</div>",
    "",
  );
  expect((await convert(htmlToMarkdown, page, properties)).text).toBe(expected);
});

test("an address that is none is refused", async () => {
  const { message } = await convert(htmlToMarkdown, "a", { baseUri: "docs" });
  expect(message).toBe('`baseUri` is "docs", which is no complete address such as https://example.com/docs/.');
});

test.each([
  "# A\n\ntext *with* **marks** and `code`\n\n- one\n- two\n",
  "1. one\n2. two\n\n> quote\n>\n> again\n\n```\ncode\n\nmore\n```\n",
  "| a | b |\n| --- | --- |\n| 1 | [x](https://e.com/y) |\n",
  "a\\_b \\*c\\* 3 \\* 4 \\[x\\](y) \\`z\\` \\<div>\n",
  "\\# a\n\n1\\. b\n\n\\- c\n\n\\+ d\n",
])("what HTML was made of %j becomes Markdown of the same HTML", async (markdown) => {
  const html = await marked(markdown);
  expect(await marked((await convert(htmlToMarkdown, html)).text)).toBe(html);
});

test.each([
  [DEPTH_MAX, "SUCCESS"],
  [DEPTH_MAX + 1, "FAILED"],
])("HTML of %d elements in one another: %s", async (depth, state) => {
  const outcome = await convert(htmlToMarkdown, `${"<div>".repeat(depth)}a`);
  expect(outcome.state).toBe(state);
  if (state === "FAILED") expect(outcome.message).toBe("The HTML has more than 256 elements in one another.");
});

test.each([markdownToHtml, markdownToText, htmlToMarkdown])("a document that is too large is refused", async (task) => {
  const { message } = await convert(task, "a".repeat(DOCUMENT_CHARACTERS_MAX + 1));
  expect(message).toBe("The file has more than 8388608 characters, which is the most of a document. Split it.");
});

test("a large page takes no time to speak of", async () => {
  const page = "<div><p>some <b>text</b> of a page</p></div>".repeat(100_000);
  const begun = performance.now();
  expect((await convert(htmlToMarkdown, page)).text.length).toBeGreaterThan(2_000_000);
  expect(performance.now() - begun).toBeLessThan(20_000);
});
