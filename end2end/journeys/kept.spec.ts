// What has worked from the first day on, kept that way.
import type { Page } from "@playwright/test";
import { addContact, connected, contactId, Door, expect, fillAddress, mail, ready, register, test, unique } from "../fixtures/index.ts";

const jan = "Jan de Baas <jan@bakkerij.example>";
// Exactly: the name of the tick box beside it holds the subject too.
const row = (page: Page, subject: string) => page.getByText(subject, { exact: true }).first();

test("[CON-07] the tabs of a card: fields and archive; KENMERKEN stands among the fields", { tag: "@tablet" }, async ({ page }) => {
  await register(page);
  await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker" });
  await ready(page);
  const tabs = page.getByRole("navigation", { name: "Jan Bakker" }).or(page.getByRole("tablist", { name: "Jan Bakker" }));
  // Where there is room the fields stand beside the archive, and need no tab.
  if (await tabs.getByText("Gegevens").isVisible()) {
    await tabs.getByText("Gegevens").click();
    await expect(page).toHaveURL(/\/details$/);
  }
  await expect(page.getByRole("heading", { name: "KENMERKEN" })).toBeVisible();
  await tabs.getByText("Archief").click();
  await expect(page).not.toHaveURL(/\/details$/);
});

test("[CON-15, INB-11] an unknown sender becomes an employee of the company with the same mail domain", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  dovecot.deliver(mailbox, mail({ from: jan, to: mailbox.address, subject: "Vraag van de werkvloer", text: "Dag." }));
  await connected(page, dovecot, mailbox);
  await addContact(page, { Bedrijfsnaam: "Bakkerij BV", "E-mail": "info@bakkerij.example" }, "?kind=company");
  await page.goto("/inbox");
  await ready(page);
  await row(page, "Vraag van de werkvloer").click();
  await page.getByRole("link", { name: "Jan de Baas toevoegen als relatie" }).click();
  await page.locator(".contacts__form").getByRole("link", { name: "Bakkerij BV" }).click();
  await expect(page.getByText("Werknemer van").first()).toBeVisible();
  await expect(page.getByLabel("Voornaam")).toHaveValue("Jan");
  await page.locator(".contacts__form").getByRole("button", { name: "Opslaan" }).click();
  await contactId(page);
  await expect(page.locator(".record").getByRole("link", { name: "Bakkerij BV" }).first()).toBeVisible();
  await expect(row(page, "Vraag van de werkvloer")).toBeVisible();
});

test("[CON-25] from the card: mail, call, task, and the rest behind the button with dots", async ({ page }) => {
  await register(page);
  await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker", "E-mail": "jan@bakkerij.example", Mobiel: "06 12345678" });
  await ready(page);
  const head = page.locator(".record__head");
  await expect(head.getByRole("link", { name: "E-mail" })).toHaveAttribute("href", "mailto:jan@bakkerij.example");
  await expect(head.getByRole("link", { name: "Bellen" })).toHaveAttribute("href", "tel:0612345678");
  await head.getByRole("button", { name: "Meer acties" }).click();
  await expect(page.getByRole("menuitem", { name: "Koppelen aan werkgever" })).toBeVisible();
  await page.keyboard.press("Escape");
  const fields = page.getByRole("complementary", { name: "Gegevens en dashboard" });
  await fields.getByRole("button", { name: "Nieuwe taak" }).click();
  await page.getByLabel("Wat moet er gebeuren").fill("Offerte nabellen");
  await page.getByRole("button", { name: "Taak toevoegen" }).click();
  await expect(fields.getByText("Offerte nabellen")).toBeVisible();
});

test("[ARC-02] an archive has two sides: Communicatie and Dossiers", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  dovecot.deliver(mailbox, mail({ from: jan, to: mailbox.address, subject: "Hangt aan de draad", text: "Dag." }));
  await connected(page, dovecot, mailbox);
  await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker", "E-mail": "jan@bakkerij.example" });
  await ready(page);
  const sides = page.getByRole("group", { name: "Archief indelen" });
  await expect(sides.getByRole("button", { name: "Communicatie" })).toHaveAttribute("aria-pressed", "true");
  await expect(row(page, "Hangt aan de draad")).toBeVisible();
  await sides.getByRole("button", { name: "Dossiers" }).click();
  await expect(page.getByText("Nog geen dossiers")).toBeVisible();
  await expect(page.getByText("Hangt aan de draad")).toHaveCount(0);
});

test("[EML-01] e-mail accounts stand under settings, and a button there adds one", async ({ page }) => {
  await register(page);
  await page.getByRole("link", { name: "Instellingen" }).first().click();
  await page.getByRole("link", { name: "E-mailaccounts" }).first().click();
  await expect(page.getByRole("heading", { name: "E-mailaccounts" })).toBeVisible();
  await page.getByRole("link", { name: "E-mailaccount toevoegen" }).first().click();
  await expect(page).toHaveURL(/\/settings\/mail\/new$/);
  await expect(page.getByLabel("E-mailadres").or(page.getByRole("button", { name: "IMAP" })).first()).toBeVisible();
});

test("[EML-20] whoever does not get connected finds help, with what was tried and without the password", async ({ page }) => {
  await register(page);
  await page.goto("/connect");
  await ready(page);
  await fillAddress(page, "alice@nergens.example");
  await page.getByLabel("Wachtwoord", { exact: true }).fill("Geheim-hier1");
  const help = page.getByRole("link", { name: "Vraag hulp, gratis" });
  await expect(help).toBeVisible();
  const href = decodeURIComponent((await help.getAttribute("href")) ?? "");
  expect(href).toContain("mailto:");
  expect(href).toContain("alice@nergens.example");
  expect(href).not.toContain("Geheim-hier1");
});

test("[SYN-05] while a mailbox comes in its progress is shown, what is there can be read, and a letter tells the end", async ({ page, dovecot, spindle }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  const count = 1_500;
  for (let at = 0; at < count; at++) dovecot.deliver(mailbox, mail({ from: jan, to: mailbox.address, subject: `Bericht ${at} van velen`, text: "Dag.".repeat(200) }));
  const door = await Door.before(dovecot.tlsPort, 700_000);
  const who = await connected(page, { tlsPort: door.port }, mailbox);
  const progress = page.getByRole("progressbar", { name: "Voortgang van het ophalen" });
  await expect(progress).toBeVisible();
  await page.locator(".message-row").first().click();
  await expect(page.frameLocator('iframe[title^="Bericht:"]').getByText("Dag.Dag.").first()).toBeVisible();
  await expect(progress).toBeVisible();
  door.open();
  await expect(progress).toHaveCount(0, { timeout: 40_000 });
  // The one that was opened is read.
  await expect(page.getByRole("link", { name: /^Postvak IN/ }).filter({ hasText: /1\.499$/ })).toBeVisible();
  expect(await spindle.systemMail(who.email)).toContain("1.500 berichten");
  door.close();
});

test("[INB-02] the inbox shows the linked contact or the sender, as the company prefers", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  dovecot.deliver(mailbox, mail({ from: "Kantoor <jan@bakkerij.example>", to: mailbox.address, subject: "Van het kantoor", text: "Dag." }));
  dovecot.deliver(mailbox, mail({ from: "Vreemde <wie@onbekend.example>", to: mailbox.address, subject: "Van een vreemde", text: "Dag." }));
  await connected(page, dovecot, mailbox);
  await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker", "E-mail": "jan@bakkerij.example" });
  const who = (subject: string) => page.locator(".message-row", { hasText: subject }).locator(".message-row__who");
  await page.goto("/inbox");
  await expect(who("Van het kantoor")).toContainText("Jan Bakker");
  await expect(who("Van een vreemde")).toContainText("Vreemde");
  await page.goto("/settings/crm");
  await ready(page);
  await page.getByLabel("Weergave in Postvak IN").selectOption({ label: "Toon afzender / e-mailadres" });
  await expect(page.getByText("Opgeslagen, voor iedereen").first()).toBeVisible();
  await page.goto("/inbox");
  await expect(who("Van het kantoor")).toContainText("Kantoor");
  await expect(who("Van een vreemde")).toContainText("Vreemde");
});

test("[INB-13] a double click on the sender opens the card, a click on the subject the message", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  dovecot.deliver(mailbox, mail({ from: jan, to: mailbox.address, subject: "Dubbel geklikt", text: "Dag." }));
  await connected(page, dovecot, mailbox);
  const id = await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker", "E-mail": "jan@bakkerij.example" });
  await page.goto("/inbox");
  await ready(page);
  await page.locator(".message-row__subject", { hasText: "Dubbel geklikt" }).dblclick();
  await expect(page.locator(".conversation__subject")).toHaveText("Dubbel geklikt");
  await page.locator(".message-row__who", { hasText: "Jan Bakker" }).dblclick();
  await expect(page).toHaveURL(new RegExp(`/contacts/${id}`));
});
