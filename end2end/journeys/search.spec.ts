import type { Page } from "@playwright/test";
import { addContact, connected, expect, mail, ready, register, test, unique } from "../fixtures/index.ts";
import type { Dovecot } from "../fixtures/dovecot.ts";

const jan = "Jan Bakker <jan@bakkerbouw.example>";
const box = (page: Page) => page.getByRole("dialog", { name: "Zoeken in relaties en berichten" });
const field = (page: Page) => box(page).getByRole("combobox");
const hit = (page: Page, name: string) => box(page).getByRole("option", { name });
const contact = (page: Page, name: string) => box(page).getByRole("group", { name: "Relaties" }).getByRole("option", { name });

/** An office with a contact and four messages, all of them in. */
async function office(page: Page, dovecot: Dovecot): Promise<string> {
  const mailbox = dovecot.mailbox(unique("alice"));
  const me = mailbox.address;
  const minutes = (ago: number) => new Date(Date.now() - ago * 60_000);
  const drawing = { name: "tekening-dak.pdf", type: "application/pdf", bytes: "%PDF-1.4" };
  dovecot.deliver(mailbox, mail({ from: jan, to: me, subject: "Leverdatum warmtepompen", text: "De leverancier bevestigt week 49 in café Müller.", date: minutes(1) }));
  dovecot.deliver(mailbox, mail({ from: "Els <els@elders.example>", to: me, subject: "Opvangbak", text: "Graag week 50.", date: minutes(2), attachment: drawing }));
  dovecot.deliver(mailbox, mail({ from: me, to: jan, subject: "Uw offerte", text: "Bijgaand.", date: minutes(3) }), { folder: "sent", seen: true });
  dovecot.deliver(mailbox, mail({ from: "x@win.example", to: me, subject: "Gewonnen offerte", text: "Klik.", date: minutes(4) }), { folder: "junk" });
  await connected(page, dovecot, mailbox);
  await expect(page.getByText("Opvangbak").first()).toBeVisible();
  const card = await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker", "E-mail": "jan@bakkerbouw.example" });
  await page.goto("/");
  await ready(page);
  return card;
}

test("[CON-21] from anywhere: a slash, a word, and Enter opens what was found", { tag: "@tablet" }, async ({ page, dovecot }) => {
  const card = await office(page, dovecot);
  await page.keyboard.press("/");
  await expect(field(page)).toBeFocused();
  await expect(box(page).getByText("heeft:bijlage")).toBeVisible();
  await page.keyboard.type("bak");
  await expect(contact(page, "Jan Bakker")).toHaveAttribute("aria-selected", "true");
  await expect(contact(page, "Jan Bakker").locator("mark").first()).toHaveText("Bak");
  await expect(box(page).getByRole("group", { name: "Berichten" }).getByRole("option")).toHaveCount(2);
  await page.keyboard.press("ArrowDown");
  await expect(hit(page, "Leverdatum warmtepompen")).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/inbox\/inbox\/[0-9a-f-]{36}$/);
  await expect(page.getByRole("heading", { name: "Leverdatum warmtepompen" }).first()).toBeVisible();
  await page.keyboard.press("Control+k");
  await expect(field(page)).toBeFocused();
  await field(page).fill("jan");
  // Enter before the answer to these words would open the page with all results.
  await expect(contact(page, "Jan Bakker").locator("mark").first()).toHaveText("Jan");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/contacts/${card}$`));
});

test("[CON-21] operators narrow, accents do not matter, and nothing found says what to try", async ({ page, dovecot }) => {
  await office(page, dovecot);
  await page.getByRole("searchbox", { name: "Zoek relaties, berichten en kenmerken" }).click();
  await expect(field(page)).toBeFocused();
  const messages = box(page).getByRole("group", { name: "Berichten" }).getByRole("option");
  for (const [typed, found] of [
    ["cafe muller", ["Leverdatum warmtepompen"]],
    ['"week 50"', ["Opvangbak"]],
    ["tekening heeft:bijlage", ["Opvangbak"]],
    ["van:jan", ["Leverdatum warmtepompen"]],
    ["aan:jan", ["Uw offerte"]],
    ["in:verzonden", ["Uw offerte"]],
    ["relatie:bakker -week", ["Uw offerte"]],
    ["offerte in:overal", ["Uw offerte", "Gewonnen offerte"]],
  ] as const) {
    await field(page).fill(typed);
    await expect(messages.locator(".hit__name")).toHaveText([...found]);
  }
  await field(page).fill("gewonnen offerte");
  await expect(box(page).getByText("Niets gevonden voor “gewonnen offerte”")).toBeVisible();
  await box(page).getByRole("link", { name: "Zoek ook in SPAM en de prullenbak" }).click();
  await expect(hit(page, "Gewonnen offerte")).toBeVisible();
  await box(page).getByRole("button", { name: /^Relaties/ }).click();
  await expect(hit(page, "Gewonnen offerte")).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(box(page)).toBeHidden();
  await page.keyboard.press("Control+k");
  await field(page).fill("offerte");
  await box(page).getByRole("link", { name: "Alle resultaten" }).click();
  await expect(page).toHaveURL(/\/search\?q=offerte$/);
  await expect(page.getByRole("link", { name: "Uw offerte" })).toBeVisible();
});

test("[CON-21] an answer to what was typed before does not come back", async ({ page, dovecot }) => {
  await office(page, dovecot);
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route("**/search_all*", async (route) => {
    if (route.request().postData()?.includes("opvangbak")) await held;
    await route.continue();
  });
  await page.keyboard.press("/");
  const slow = page.waitForRequest((request) => request.postData()?.includes("opvangbak") ?? false);
  await field(page).fill("opvangbak");
  await slow;
  await field(page).fill("leverdatum");
  await expect(hit(page, "Leverdatum warmtepompen")).toBeVisible();
  const late = page.waitForResponse((response) => response.request().postData()?.includes("opvangbak") ?? false);
  release();
  await late;
  await expect(hit(page, "Leverdatum warmtepompen")).toBeVisible();
  await expect(hit(page, "Opvangbak")).toHaveCount(0);
});

test("[CON-21, CON-10] without JavaScript the box is a form, and the page has everything", { tag: "@nojs" }, async ({ page }) => {
  await register(page);
  await addContact(page, { Voornaam: "Fatima", Achternaam: "Aydin", "E-mail": "fatima@aydin.example" });
  await page.goto("/search");
  await expect(page.getByRole("main").getByText("Waar bent u naar op zoek?")).toBeVisible();
  await page.goto("/search?q=aydin");
  await expect(page.getByRole("main").getByRole("link", { name: /Fatima Aydin/ })).toBeVisible();
  await expect(page.getByRole("main").getByRole("searchbox")).toHaveValue("aydin");
  await page.goto("/search?q=nergens");
  await expect(page.getByRole("main").getByText("Niets gevonden voor “nergens”")).toBeVisible();
});
