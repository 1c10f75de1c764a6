// The editor by itself, in a page without a server: what it makes of keys, of clipboards and of the HTML of others.
import { brotliCompressSync } from "node:zlib";
import { newsletter, outlook, word } from "../fixtures/clipboard.ts";
import { type Editor, expect, test } from "../fixtures/editor.ts";
import { newsletters } from "../fixtures/newsletters.ts";

const fields = [
  { key: "me.first_name", label: "Mijn Voornaam", also: ["My First name"] },
  { key: "me.last_name", label: "Mijn Achternaam" },
  { key: "contact.first_name", label: "Voornaam", also: ["First name"] },
];
const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const row = (editor: Editor, name: string) => editor.page.locator("rich-text form").and(editor.page.getByRole("group", { name }));

/** As a reader sees it, without what no eye can tell apart. */
const seen = (html: string) => html.replace(/&nbsp;/g, " ").replace(/\s+/g, " ");

test("[CMP-18] the editor is small", async ({ built }) => {
  expect(brotliCompressSync(built.script).length).toBeLessThan(40 * 1024);
});

test("[TPL-08] bold, italic and underlined by key, and what the caret stands in", async ({ editor, page }) => {
  await editor.text.focus();
  await page.keyboard.press("Control+b");
  await page.keyboard.type("vet");
  await page.keyboard.press("Control+b");
  await page.keyboard.type(" en ");
  await page.keyboard.press("Control+i");
  await page.keyboard.type("schuin");
  await page.keyboard.press("Control+i");
  await page.keyboard.press("Control+u");
  await page.keyboard.type("lijn");
  expect(await editor.value()).toBe("<div><b>vet</b> en&nbsp;<i>schuin</i><u>lijn</u></div>");
  await expect(editor.tool("Onderstrepen")).toHaveAttribute("aria-pressed", "true");
  await expect(editor.tool("Vet")).toHaveAttribute("aria-pressed", "false");
  await page.keyboard.press("Control+Home");
  await expect(editor.tool("Vet")).toHaveAttribute("aria-pressed", "true");
});

test("[TPL-08] a bold word of another editor can be made plain again", async ({ editor, page }) => {
  await editor.set("<p><strong>vet</strong> <em>schuin</em></p>");
  await editor.all();
  await page.keyboard.press("Control+b");
  await page.keyboard.press("Control+b");
  await page.keyboard.press("Control+i");
  await page.keyboard.press("Control+i");
  expect(await editor.value()).toBe("<p>vet schuin</p>");
});

test("[TPL-08] lists by key, deeper and back", async ({ editor, page }) => {
  await editor.text.focus();
  await page.keyboard.press("Control+Shift+8");
  await page.keyboard.type("een");
  await page.keyboard.press("Enter");
  await page.keyboard.type("twee");
  await page.keyboard.press("Control+]");
  expect(await editor.value()).toBe("<ul><li>een</li><ul><li>twee</li></ul></ul>");
  await page.keyboard.press("Control+[");
  await page.keyboard.press("Control+Shift+7");
  await expect(editor.tool("Genummerde lijst")).toHaveAttribute("aria-pressed", "true");
  expect(await editor.value()).toContain("<ol>");
  await page.keyboard.press("Control+Shift+7");
  expect(await editor.value()).not.toContain("<ol>");
});

test("[TPL-08] font, size, colours, alignment, indent, quote and line", async ({ editor, page }) => {
  await editor.set("<p>Onderhoud</p>");
  await editor.all();
  await editor.bar.getByLabel("Lettertype").selectOption("Georgia");
  await editor.bar.getByLabel("Grootte").selectOption("18px");
  await editor.tool("Tekstkleur").click();
  await row(editor, "Tekstkleur").getByRole("button", { name: "Blauw", exact: true }).click();
  await editor.tool("Markeren").click();
  await row(editor, "Markeren").getByRole("button", { name: "Geel" }).click();
  await editor.tool("Centreren").click();
  await editor.tool("Inspringen").click();
  await expect(editor.tool("Centreren")).toHaveAttribute("aria-pressed", "true");
  const html = await editor.value();
  for (const part of ["font-family: Georgia", "font-size: 18px", "color:#1d4ed8", "background-color:#fff3a3", "text-align: center", "margin-left: 40px"]) {
    expect(html).toContain(part);
  }
  await expect(editor.bar.getByLabel("Grootte")).toHaveValue("18px");
  // A stored letter knows no classes of ours, and yet each can be taken back.
  expect(html).not.toContain("class=");
  await editor.set("");
  await editor.set(html);
  await editor.all();
  await editor.bar.getByLabel("Grootte").selectOption("");
  expect(await editor.value()).not.toContain("font-size");
  await page.keyboard.press("Control+\\");
  expect(await editor.value()).not.toContain("<span");
  await editor.tool("Citaat").click();
  expect(await editor.value()).toContain("<blockquote>");
  await editor.tool("Citaat").click();
  expect(await editor.value()).not.toContain("<blockquote>");
  await editor.end();
  await editor.tool("Scheidingslijn").click();
  expect(await editor.value()).toContain("<hr>");
});

test("[TPL-08] a link: only addresses that may stand in a letter", async ({ editor, page }) => {
  await editor.set("<div>Zie onze site</div>");
  await editor.all();
  await page.keyboard.press("Control+k");
  const address = row(editor, "Link").getByLabel("Adres");
  await expect(address).toBeFocused();
  for (const wrong of ["javascript:alert(1)", "zomaar iets", "data:text/html,x", ""]) {
    await address.fill(wrong);
    await page.keyboard.press("Enter");
    await expect(row(editor, "Link").getByText("Dit is geen webadres")).toBeVisible();
  }
  await address.fill("dijkgraaf.example/aanbod");
  await page.keyboard.press("Enter");
  expect(await editor.value()).toBe('<div><a href="https://dijkgraaf.example/aanbod">Zie onze site</a></div>');
  await expect(editor.text).toBeFocused();
  // Inside a link the row shows it.
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Control+k");
  await expect(address).toHaveValue("https://dijkgraaf.example/aanbod");
  await address.fill("jan@bakkerbouw.example");
  await page.keyboard.press("Enter");
  expect(await editor.value()).toBe('<div><a href="mailto:jan@bakkerbouw.example">Zie onze site</a></div>');
  await editor.tool("Link").click();
  await row(editor, "Link").getByRole("button", { name: "Link weghalen" }).click();
  expect(await editor.value()).toBe("<div>Zie onze site</div>");
  // With nothing selected the words are asked too.
  await editor.end();
  await page.keyboard.press("Control+k");
  await address.fill("https://dijkgraaf.example");
  await row(editor, "Link").getByLabel("Tekst").fill("hier");
  await page.keyboard.press("Enter");
  expect(await editor.value()).toContain('<a href="https://dijkgraaf.example">hier</a>');
});

test("[TPL-08] a table: made, filled by Tab, and its rows and columns", async ({ editor, page }) => {
  await editor.text.focus();
  await editor.tool("Tabel").click();
  await row(editor, "Tabel").getByLabel("Rijen").fill("2");
  await page.keyboard.press("Enter");
  for (const text of ["a", "b", "c", "d"]) {
    await page.keyboard.type(text);
    await page.keyboard.press("Tab");
  }
  await page.keyboard.type("e");
  const cells = editor.text.locator("td");
  await expect(cells).toHaveText(["a", "b", "c", "d", "e", ""]);
  const tell = async (name: string) => {
    await editor.tool("Tabel").click();
    await row(editor, "Tabel").getByRole("button", { name }).click();
  };
  await tell("Kolom ervoor");
  await expect(editor.text.locator("tr").last().locator("td")).toHaveText(["", "e", ""]);
  await tell("Rij erboven");
  await expect(editor.text.locator("tr")).toHaveCount(4);
  await tell("Rij weghalen");
  await tell("Kolom weghalen");
  await expect(editor.text.locator("tr").first().locator("td")).toHaveCount(2);
  await page.keyboard.press("Control+z");
  await expect(editor.text.locator("tr").first().locator("td")).toHaveCount(3);
  await editor.text.locator("td").first().click();
  await tell("Tabel weghalen");
  expect(await editor.value()).not.toContain("<table");
});

test("[TPL-08] what Word copied comes out clean: bold, lists and tables stay", async ({ editor }) => {
  await editor.paste({ "text/html": word, "text/plain": "Beste Jan" });
  await expect(editor.text).toContainText("Sleutel ophalen");
  const html = await editor.value();
  expect(html).not.toMatch(/mso|<o:p|class=|<!--|windowtext|<v:|file:|<img|lang=|Symbol/i);
  expect(html).toContain("<b>Jan");
  expect(html).toContain("<i>Els</i>");
  expect(seen(html)).toContain("<ul><li><div>Offerte tekenen</div><ul><li>voor <b>1 december</b></li></ul></li><li>Sleutel ophalen</li></ul>");
  expect(seen(html)).toContain("<ol><li>Meten</li><li>Plaatsen</li></ol>");
  expect(html).toMatch(/<td[^>]*width="302"[^>]*>/);
  expect(html).toContain("background:#DEEAF6");
  expect(html).toContain("color: rgb(192, 0, 0)");
  await expect(editor.text.locator("td")).toHaveText(["Warmtepomp", "€ 8.400"]);
  await expect(editor.text.locator("p").first()).toHaveCSS("margin-bottom", /^10\.6/);
});

test("[CMP-18] what Outlook copied comes out clean: links and blank lines stay", async ({ editor }) => {
  await editor.paste({ "text/html": outlook, "text/plain": "Goedemiddag" });
  await expect(editor.text).toContainText("Jan Bakker");
  const html = await editor.value();
  expect(html).not.toMatch(/mso|<o:p|class=|<!--/i);
  expect(html).toContain('<a href="https://bakkerbouw.example/planning?week=49&amp;wie=jan">onze planning</a>');
  expect(html).toContain('href="mailto:jan@bakkerbouw.example"');
  expect(html).toMatch(/<b>.*Jan Bakker.*<\/b>/);
  await expect(editor.text.locator("p")).toHaveCount(4);
});

const attacks = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg onload=alert(1)><script>alert(1)</script></svg>",
  "<svg><animate onbegin=alert(1) attributeName=x dur=1s></svg>",
  '<a href="javascript:alert(1)">x</a>',
  '<a href=" java\nscript:alert(1)">x</a>',
  '<a href="&#1;javascript:alert(1)">x</a>',
  '<a href="vbscript:msgbox(1)">x</a>',
  '<a href="data:text/html,<script>alert(1)</script>">x</a>',
  '<img src="data:image/svg+xml,<svg onload=alert(1)>">',
  '<img src="data:text/html,x">',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<object data="javascript:alert(1)"></object><embed src="javascript:alert(1)">',
  '<form action="javascript:alert(1)"><button formaction="javascript:alert(1)">x</button><input autofocus onfocus=alert(1)></form>',
  '<div style="background:url(javascript:alert(1))">x</div>',
  '<div style="width:expression(alert(1))">x</div>',
  '<div style="wid\\th:e\\78pression(alert(1))">x</div>',
  '<div style="-moz-binding:url(x)">x</div>',
  '<style>*{background:url(javascript:alert(1))}</style>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;"></mglyph></table></mtext></math>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
  '<template><img src=x onerror=alert(1)></template>',
  '<!--><img src=x onerror=alert(1)>-->',
  '<details open ontoggle=alert(1)>x</details>',
  '<video><source onerror=alert(1)></video><audio src=x onerror=alert(1)></audio>',
  '<base href="https://evil.example/"><meta http-equiv=refresh content="0;url=javascript:alert(1)"><link rel=stylesheet href="data:text/css,x">',
  '<span data-merge="x" onmouseover=alert(1) id=main class="dialog">«x»</span>',
  '<td background="javascript:alert(1)">x',
  '<xmp><img src=x onerror=alert(1)></xmp><plaintext><img src=x onerror=alert(1)>',
];

test("[TPL-08] no script comes through, whichever way it comes in", async ({ editor, page }) => {
  /** What of a letter could run or reach out, by the parser that would draw it. */
  const dangers = async () => {
    await page.evaluate(() => new Promise(requestAnimationFrame));
    return page.evaluate(() => {
      const found: string[] = [];
      const allowed = /^(?:https?|mailto|tel|cid):|^data:image\/(?:png|jpeg|gif|webp)[;,]|^[^:]*$/i;
      const look = (root: ParentNode) => {
        for (const element of root.querySelectorAll("*")) {
          if (/^(?:script|svg|math|iframe|object|embed|form|button|input|style|base|meta|link|template|noscript|video|audio|xmp|plaintext)$/i.test(element.nodeName)) found.push(element.nodeName);
          for (const { name, value } of element.attributes) {
            if (/^on|^srcdoc$|^formaction$/.test(name)) found.push(name);
            if (/^(?:href|src|background)$/.test(name) && !allowed.test(value)) found.push(`${name}=${value}`);
            if (name === "style" && /script:|expression|-moz-binding|url\(x/.test(value)) found.push(value);
          }
        }
      };
      look(document.querySelector("[contenteditable]") as Element);
      const { body } = new DOMParser().parseFromString((document.querySelector("rich-text") as unknown as { value: string }).value, "text/html");
      look(body);
      if (body.querySelector("[id], [class]")) found.push("a name of ours");
      return found;
    });
  };
  for (const attack of attacks) {
    await editor.set("<p>leeg</p>");
    await editor.set(`<p>voor</p>${attack}`);
    expect(await dangers(), attack).toEqual([]);
    await editor.all();
    await editor.paste({ "text/html": `<p>geplakt</p>${attack}` });
    await expect(editor.text).toContainText("geplakt");
    expect(await dangers(), attack).toEqual([]);
    await editor.insert(attack);
    expect(await dangers(), attack).toEqual([]);
    await editor.tool("HTML").click();
    await page.getByRole("textbox", { name: "Bericht" }).fill(attack);
    expect(await dangers(), attack).toEqual([]);
    await editor.tool("HTML").click();
    expect(await dangers(), attack).toEqual([]);
  }
});

test("[TPL-08] a newsletter goes in as source and comes out to the letter", async ({ editor, page }) => {
  await editor.tool("HTML").click();
  const source = page.getByRole("textbox", { name: "Bericht" });
  await source.fill(newsletter);
  expect(await editor.value()).toBe(newsletter);
  await editor.tool("HTML").click();
  expect(await editor.value()).toBe(newsletter);
  await editor.tool("HTML").click();
  await expect(source).toHaveValue(newsletter);
  await editor.tool("HTML").click();
  // Typing in it changes what was typed and nothing that can be seen.
  const drawn = () => editor.text.evaluate((text) => [...text.querySelectorAll("td, p, a, img, font, center")].map((element) => `${element.nodeName} ${getComputedStyle(element).cssText || element.getAttribute("style")}`));
  const before = await drawn();
  expect(before.length).toBeGreaterThan(10);
  await editor.end();
  await page.keyboard.type("!");
  await page.keyboard.press("Backspace");
  expect(await drawn()).toEqual(before);
  const html = await editor.value();
  for (const part of ['bgcolor="#f4f4f4"', 'width="600"', 'cellpadding="0"', 'role="presentation"', 'height="10"', "line-height:10px", 'face="Georgia"', "week=49", "Afmelden", 'nowrap=""']) {
    expect(html).toContain(part);
  }
});

test("[TPL-08] real newsletters come through an edit with every word, link and picture", async ({ editor }) => {
  const { page } = editor;
  test.setTimeout(120_000);
  // All 165 come through; every second one is enough for each day.
  const letters = newsletters().filter((_, index) => index % 2);
  expect(letters.length).toBeGreaterThan(50);
  for (const [name, html] of letters) {
    const [before, after] = await page.evaluate(async (html) => {
      const element = document.querySelector("rich-text") as HTMLElement & { value: string; sheet: { insertHTML(html: string): void } };
      /** By the browser's own parser, and without what no reader sees. */
      const read = (html: string) => {
        const { body } = new DOMParser().parseFromString(html, "text/html");
        for (const hidden of body.querySelectorAll("script, style, title, noscript, iframe, select, textarea, noembed, noframes, template, svg")) hidden.remove();
        const all = (selector: string, name: string) => [...body.querySelectorAll(selector)].map((found) => found.getAttribute(name) ?? "");
        return { text: (body.textContent ?? "").replace(/[\s\u200b]+/g, ""), links: all("a[href]", "href").filter((href) => /^(?:https?|mailto):/i.test(href)), pictures: all("img[src]", "src") };
      };
      element.value = "";
      element.value = html;
      // A change, so that what comes out is what stands on the sheet.
      const changed = new Promise((done) => element.addEventListener("input", done, { once: true }));
      element.sheet.insertHTML("<b>MERK</b>");
      await changed;
      const written = read(element.value);
      const mark = written.text.includes("MERK");
      written.text = written.text.replace("MERK", "");
      return [{ ...read(html), mark: true }, { ...written, mark }];
    }, html);
    expect(after, name).toEqual(before);
  }
});

test("[TPL-08] a whole page as source: its scripts and sheets go, its ground and text stay", async ({ editor }) => {
  await editor.set(
    '<!doctype html><html><head><title>Nieuws</title><style>p{color:red}</style></head><body bgcolor="#eeeeee" onload="alert(1)"><p class="x">Dag</p><script>alert(1)</script></body></html>',
  );
  expect(await editor.value()).toBe('<div style="background-color: rgb(238, 238, 238);"><p>Dag</p></div>');
});

test("[TPL-07] a merge field is one thing to the keyboard", async ({ editor, page }) => {
  await editor.fields(fields);
  await editor.text.focus();
  await page.keyboard.type("Dag ");
  await editor.insert('<span data-merge="me.first_name">«x»</span>');
  await page.keyboard.type("!");
  expect(seen(await editor.value())).toBe('<div>Dag <span data-merge="me.first_name">«Mijn Voornaam»</span>!</div>');
  await expect(editor.text.locator("[data-merge]")).toHaveAttribute("contenteditable", "false");
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Backspace");
  expect(seen(await editor.value())).toBe("<div>Dag </div>");
  await page.keyboard.press("Control+z");
  expect(await editor.value()).toContain("me.first_name");
  // Delete takes it from the other side.
  await page.keyboard.press("Control+End");
  await page.keyboard.press("Home");
  for (let i = 0; i < 4; i += 1) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Delete");
  expect(await editor.value()).not.toContain("me.first_name");
});

test("[TPL-07] two merge fields side by side stay two, and one is made bold as a whole", async ({ editor, page }) => {
  await editor.fields(fields);
  await editor.text.focus();
  await editor.insert('<span data-merge="me.first_name">«x»</span>');
  await editor.insert('<span data-merge="me.last_name">«x»</span>');
  const [first, last] = ['<span data-merge="me.first_name">«Mijn Voornaam»</span>', '<span data-merge="me.last_name">«Mijn Achternaam»</span>'];
  expect(await editor.value()).toBe(`<div>${first}${last}</div>`);
  await editor.all();
  await page.keyboard.press("Control+b");
  expect(await editor.value()).toBe(`<div><b>${first}</b><b>${last}</b></div>`);
  await page.keyboard.press("Control+b");
  expect(await editor.value()).toBe(`<div>${first}${last}</div>`);
  await editor.end();
  await page.keyboard.press("Backspace");
  expect(await editor.value()).toBe(`<div>${first}</div>`);
  await page.keyboard.press("Backspace");
  expect(await editor.value()).toBe("");
  await page.keyboard.type("weer");
  expect(await editor.value()).toBe("<div>weer</div>");
});

test("[TPL-07] bold after a merge field does not reach into it", async ({ editor, page }) => {
  await editor.fields(fields);
  await editor.text.focus();
  await editor.insert('<span data-merge="me.first_name">«x»</span>');
  await page.keyboard.press("Control+b");
  await page.keyboard.type("vet");
  expect(await editor.value()).toBe('<div><span data-merge="me.first_name">«Mijn Voornaam»</span><b>vet</b></div>');
  await page.keyboard.press("Enter");
  await page.keyboard.type("onder");
  expect(await editor.value()).toContain("onder");
  await expect(editor.text.locator("[data-merge]")).toHaveCount(1);
});

test("[TPL-07] merge fields are copied and pasted, and taken by name in either language", async ({ editor, page }) => {
  await editor.fields(fields);
  await editor.set('<div>a <span data-merge="me.first_name">«My First name»</span> b</div>');
  await expect(editor.text).toHaveText("a «Mijn Voornaam» b");
  await editor.all();
  await page.keyboard.press("Control+c");
  await editor.end();
  await page.keyboard.press("Control+v");
  await expect(editor.text.locator("[data-merge='me.first_name'][contenteditable=false]")).toHaveCount(2);
  // Typed out, and pasted as text.
  await editor.set("");
  await editor.text.focus();
  await page.keyboard.type("Beste «voornaam», ");
  expect(seen(await editor.value())).toBe('<div>Beste <span data-merge="contact.first_name">«Voornaam»</span>, </div>');
  await editor.paste({ "text/plain": "groet, «My First name» en «Onbekend»" });
  await expect(editor.text.locator("[data-merge='me.first_name']")).toHaveText("«Mijn Voornaam»");
  await expect(editor.text.locator("[data-merge]")).toHaveCount(2);
});

test("[CMP-18] undo and redo, by key and by button", async ({ editor, page }) => {
  await editor.set("<div>begin</div>");
  await expect(editor.tool("Ongedaan maken")).toHaveAttribute("aria-disabled", "true");
  await editor.end();
  await page.keyboard.type(" meer");
  await editor.all();
  await page.keyboard.press("Control+b");
  expect(await editor.value()).toBe("<div><b>begin meer</b></div>");
  await page.keyboard.press("Control+z");
  expect(await editor.value()).toBe("<div>begin meer</div>");
  await page.keyboard.press("Control+y");
  expect(await editor.value()).toBe("<div><b>begin meer</b></div>");
  await editor.tool("Ongedaan maken").click();
  await editor.tool("Ongedaan maken").click();
  expect(await editor.value()).toBe("<div>begin</div>");
  await expect(editor.tool("Ongedaan maken")).toHaveAttribute("aria-disabled", "true");
});

test("[CMP-18] the toolbar by keyboard: one stop for Tab, arrows along it", { tag: "@tablet" }, async ({ editor, page }) => {
  await editor.set("<div>woord</div>");
  await editor.all();
  await page.keyboard.press("Alt+F10");
  await expect(editor.tool("Ongedaan maken")).toBeFocused();
  await page.keyboard.press("End");
  await expect(editor.tool("Volledig scherm")).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect(editor.tool("Ongedaan maken")).toBeFocused();
  for (let i = 0; i < 4; i += 1) await page.keyboard.press("ArrowRight");
  await expect(editor.tool("Vet")).toBeFocused();
  await page.keyboard.press("Enter");
  expect(await editor.value()).toBe("<div><b>woord</b></div>");
  await expect(editor.text).toBeFocused();
  await page.keyboard.press("Shift+Tab");
  await expect(editor.tool("Vet")).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(editor.text).toBeFocused();
  // Every tool says its name, and those with a key say that too.
  for (const tool of await editor.bar.getByRole("button").all()) await expect(tool).toHaveAccessibleName(/\S/);
  await expect(editor.tool("Vet")).toHaveAttribute("title", "Vet (Ctrl+B)");
});

test("[CMP-09] a picture that is pasted or dropped stands in the text", async ({ editor, page }) => {
  await editor.text.focus();
  const bring = (how: "paste" | "drop", type: string) =>
    page.evaluate(
      ([how, type, dot]) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(atob(dot), (letter) => letter.charCodeAt(0))], "foto.png", { type }));
        const target = document.querySelector("[contenteditable]") as HTMLElement;
        const { left, top } = target.getBoundingClientRect();
        const init = { bubbles: true, cancelable: true };
        const event = how === "paste" ? new ClipboardEvent(how, { ...init, clipboardData: data }) : new DragEvent(how, { ...init, dataTransfer: data, clientX: left + 30, clientY: top + 30 });
        target.dispatchEvent(event);
        return event.defaultPrevented;
      },
      [how, type, dot] as const,
    );
  await bring("paste", "image/png");
  await expect(editor.text.locator("img[src^='data:image/png;base64,']")).toHaveCount(1);
  await bring("drop", "image/png");
  await expect(editor.text.locator("img")).toHaveCount(2);
  await expect(editor.text.locator("img").first()).toHaveAttribute("alt", "foto");
  // Any other file is for the room, which attaches it.
  expect(await bring("drop", "application/pdf")).toBe(false);
  expect(await bring("drop", "image/svg+xml")).toBe(false);
  // The room may bring it somewhere itself.
  await page.evaluate(() => {
    document.addEventListener("imagefile", (event) => {
      event.preventDefault();
      (event.target as unknown as { insertImage(src: string, alt: string): void }).insertImage("https://dijkgraaf.example/logo.png", "Logo");
    });
  });
  await bring("paste", "image/png");
  await expect(editor.text.locator("img[src='https://dijkgraaf.example/logo.png'][alt=Logo]")).toHaveCount(1);
});

test("[CMP-18] a picture is made narrower by its handle and by number", async ({ editor, page }) => {
  await editor.set(`<div><img src="data:image/png;base64,${dot}" width="200" height="100" alt=""></div><div>x</div>`);
  const image = editor.text.locator("img");
  await image.click();
  const grip = page.locator(".rich-text__grip");
  const box = await grip.boundingBox();
  if (!box) throw new Error("no handle");
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x - 80, y, { steps: 4 });
  await page.mouse.up();
  await expect(image).toHaveAttribute("width", "120");
  expect(await editor.value()).toContain("width: 120px");
  await row(editor, "Afbeelding").getByLabel("Breedte").fill("90");
  await row(editor, "Afbeelding").getByLabel("Beschrijving").fill("Een stip");
  await page.keyboard.press("Enter");
  await expect(image).toHaveAttribute("width", "90");
  await expect(image).toHaveAttribute("alt", "Een stip");
  await image.click();
  await page.keyboard.press("Delete");
  await expect(image).toHaveCount(0);
});

test("[CMP-18] full screen, and Escape leaves it", async ({ editor, page }) => {
  await editor.text.focus();
  const box = () => page.locator(".rich-text").boundingBox();
  const before = await box();
  await editor.tool("Volledig scherm").click();
  expect((await box())?.height).toBe(page.viewportSize()?.height);
  await page.keyboard.press("Escape");
  expect(await box()).toEqual(before);
});

test("[CMP-18] says that something changed once it did, and not when it was told", async ({ editor, page }) => {
  await page.evaluate(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    document.addEventListener("input", (event) => said.push((event.target as unknown as { value: string }).value));
  });
  const said = () => page.evaluate(() => (window as unknown as { said: string[] }).said);
  await editor.set("<p>van buiten</p>");
  await editor.tool("Tekstkleur").click();
  await page.keyboard.press("Escape");
  await editor.end();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowRight");
  expect(await said()).toEqual([]);
  await page.keyboard.type("!");
  expect(await said()).toEqual(["<p>van buiten!</p>"]);
  // Told what it says already, it keeps the caret.
  await editor.set("<p>van buiten!</p>");
  await page.keyboard.type("?");
  expect(await editor.value()).toBe("<p>van buiten!?</p>");
});

test("[CMP-18] keeps the text where the page moves it, and speaks another language when told", async ({ editor, page }) => {
  await editor.text.focus();
  await page.keyboard.type("onderweg");
  await page.evaluate(() => {
    const place = document.createElement("section");
    place.className = "rich-text";
    document.querySelector("main")?.append(place);
    place.append(document.querySelector("rich-text") as Element);
  });
  await expect(editor.text).toHaveText("onderweg");
  await editor.end();
  await page.keyboard.type("!");
  expect(await editor.value()).toBe("<div>onderweg!</div>");
  await page.evaluate(() => Object.assign(document.querySelector("rich-text") as Element, { words: { bold: "Bold" } }));
  await editor.all();
  await editor.tool("Bold").click();
  expect(await editor.value()).toBe("<div><b>onderweg!</b></div>");
});

test("[CMP-18] Ctrl+K in a text is a link, and not the program's search", async ({ editor, page }) => {
  await page.evaluate(() => window.addEventListener("keydown", (event) => event.key === "k" && document.body.append("zoeken")));
  await editor.text.focus();
  await page.keyboard.press("Control+k");
  await expect(row(editor, "Link")).toBeVisible();
  await expect(page.getByText("zoeken")).toHaveCount(0);
});

test("[CMP-18] a key in a template of 300 kB is answered at once", async ({ editor, page }) => {
  await editor.set(newsletter.repeat(Math.ceil(300_000 / newsletter.length)));
  await editor.end();
  const start = Date.now();
  await page.keyboard.type("twintig letters hier");
  expect((Date.now() - start) / 20).toBeLessThan(100);
  expect(await editor.value()).toContain("twintig letters hier");
});

test("[CMP-18] takes nothing while it is disabled", async ({ editor, page }) => {
  await editor.set("<p>vast</p>");
  await page.evaluate(() => document.querySelector("rich-text")?.setAttribute("disabled", ""));
  await expect(editor.tool("Vet")).toHaveAttribute("aria-disabled", "true");
  await editor.tool("Vet").click({ force: true });
  await page.keyboard.type("x");
  await editor.insert("<b>y</b>");
  expect(await editor.value()).toBe("<p>vast</p>");
});
