import type { Page } from "@playwright/test";
import { addContact, connected, expect, inbox, mail, parsed, ready, sendsThrough, sent, sheet, type Smtp, subject, test, text, to, undo, unique } from "../fixtures/index.ts";

/** By its address, as somebody has it who kept the link. */
async function senders(page: Page): Promise<void> {
  await page.goto("/settings/senders");
  await ready(page);
}

const row = (page: Page, address: string) => page.getByRole("list", { name: "Uw afzenderadressen" }).getByRole("listitem").filter({ hasText: address });
const card = (page: Page) => page.getByRole("region", { name: "Afzenderadres toevoegen" });
const code = (page: Page, address: string) => row(page, address).getByLabel(`Code uit het bericht aan ${address}`);

async function ask(page: Page, address: string, name = ""): Promise<void> {
  await card(page).getByLabel("E-mailadres").fill(address);
  await card(page).getByLabel("Naam voor ontvangers").fill(name);
  await card(page).getByRole("button", { name: "Code sturen" }).click();
}

/** The code in the newest letter to this address. */
function mailed(smtp: Smtp, address: string): string {
  const letter = parsed(smtp.for(address).at(-1)?.raw ?? Buffer.alloc(0));
  return letter.text.match(/^\d{6}$/m)?.[0] ?? "";
}

/** Another code than this one. */
const other = (right: string) => (right === "000000" ? "111111" : "000000");

async function verified(page: Page, smtp: Smtp, address: string, name = ""): Promise<void> {
  await senders(page);
  await ask(page, address, name);
  await expect(code(page, address)).toBeVisible();
  await code(page, address).fill(mailed(smtp, address));
  await row(page, address).getByRole("button", { name: "Bevestigen" }).click();
  await expect(row(page, address).getByText("Bevestigd", { exact: true })).toBeVisible();
}

test("[EML-25] a sender address is added, verified by the code that is mailed to it, renamed and removed; what stands in the way is told at its field", { tag: "@tablet" }, async ({ page, dovecot, smtp }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  const [info, niet] = [`${unique("info")}@alfa.example`, `${unique("niet")}@alfa.example`];
  await connected(page, dovecot, mailbox);
  await sendsThrough(page, smtp);
  await senders(page);
  await expect(page.getByText("Nog geen andere afzenders")).toBeVisible();
  await ask(page, "geen adres");
  await expect(card(page).getByText("Dit is geen e-mailadres.")).toBeVisible();
  await ask(page, mailbox.address);
  await expect(card(page).getByText("Dit is het adres van een mailbox van uzelf")).toBeVisible();
  smtp.answer(niet, 550, "5.7.60 Client does not have permissions to send as this sender");
  await ask(page, niet);
  await expect(card(page).getByText(/ging niet weg.*does not have permissions/)).toBeVisible();
  await expect(card(page).getByText("als afzender van deze mailbox toestaan")).toBeVisible();
  await expect(page.getByText("Nog geen andere afzenders")).toBeVisible();

  await ask(page, info, "Alfa Verkoop");
  await expect(row(page, info).getByText(/^Wacht op de code/)).toBeVisible();
  await expect(card(page).getByLabel("E-mailadres")).toHaveValue("");
  const [taken] = smtp.for(info);
  expect([taken?.from, taken?.to]).toEqual([info, [info]]);
  expect(parsed(taken?.raw ?? Buffer.alloc(0)).from).toBe(`Alfa Verkoop <${info}>`);
  const right = mailed(smtp, info);

  // Straight to the page, and at work there.
  await senders(page);
  await code(page, info).fill(other(right));
  await row(page, info).getByRole("button", { name: "Bevestigen" }).click();
  await expect(row(page, info).getByText("Dit is een andere code")).toBeVisible();
  await row(page, info).getByRole("button", { name: "Nieuwe code sturen" }).click();
  await expect.poll(() => smtp.for(info).length).toBe(2);
  await expect(page.getByText(`Een code is onderweg naar ${info}`).first()).toBeVisible();
  await code(page, info).fill(mailed(smtp, info));
  await row(page, info).getByRole("button", { name: "Bevestigen" }).click();
  await expect(row(page, info).getByText("Bevestigd", { exact: true })).toBeVisible();
  await ask(page, info);
  await expect(card(page).getByText("Dit staat er al.")).toBeVisible();

  // The machine of a journey may have no DNS: whatever is said of the domain, it is said.
  const records = page.getByRole("article", { name: "alfa.example" });
  await expect(records.getByRole("heading", { name: /^SPF/ })).toBeVisible({ timeout: 30_000 });
  await expect(records.getByRole("heading", { name: /^DMARC/ })).toBeVisible();

  await row(page, info).getByRole("button", { name: /^Bewerken: Naam/ }).click();
  await row(page, info).getByRole("textbox", { name: "Naam voor ontvangers" }).fill("Alfa Inkoop");
  await page.keyboard.press("Enter");
  await expect(page.getByText("De naam is gewijzigd").first()).toBeVisible();
  await senders(page);
  await expect(row(page, info).getByText("Alfa Inkoop")).toBeVisible();
  await row(page, info).getByRole("button", { name: `${info} verwijderen` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Verwijderen", exact: true }).click();
  await expect(page.getByText("Nog geen andere afzenders")).toBeVisible();
});

test("[EML-25] each row acts for its own address, whichever was above it", async ({ page, dovecot, smtp }) => {
  await connected(page, dovecot, dovecot.mailbox(unique("alice")));
  await sendsThrough(page, smtp);
  await senders(page);
  const addresses = ["een", "twee", "drie"].map((name) => `${unique(name)}@alfa.example`);
  for (const address of addresses) {
    await ask(page, address);
    await expect(code(page, address)).toBeVisible();
  }
  for (const address of addresses) {
    await row(page, address).getByRole("button", { name: `${address} verwijderen` }).click();
    await expect(page.getByRole("dialog").getByRole("heading", { name: `${address} verwijderen?` })).toBeVisible();
    await page.getByRole("dialog").getByRole("button", { name: "Verwijderen", exact: true }).click();
    await expect(row(page, address)).toHaveCount(0);
  }
  await expect(page.getByText("Nog geen andere afzenders")).toBeVisible();
});

test("[EML-25] before the program has arrived", async ({ page, browser, baseURL, dovecot, smtp }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  const info = `${unique("info")}@alfa.example`;
  await connected(page, dovecot, mailbox);
  await sendsThrough(page, smtp);
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: baseURL ?? "", storageState: await page.context().storageState() });
  const plain = await context.newPage();
  await plain.goto("/settings/senders");
  await ask(plain, "geen adres");
  await expect(card(plain).getByText("Dit is geen e-mailadres.")).toBeVisible();
  await ask(plain, info);
  await expect(code(plain, info)).toBeVisible();
  await code(plain, info).fill(other(mailed(smtp, info)));
  await row(plain, info).getByRole("button", { name: "Bevestigen" }).click();
  await expect(row(plain, info).getByText("Dit is een andere code")).toBeVisible();
  await code(plain, info).fill(mailed(smtp, info));
  await row(plain, info).getByRole("button", { name: "Bevestigen" }).click();
  await expect(row(plain, info).getByText("Bevestigd", { exact: true })).toBeVisible();
  await context.close();
});

test("[CMP-10, TPL-10] a letter goes from the address that was chosen, an answer from the one that was written to, and a template chooses by its domain", async ({ page, dovecot, smtp }) => {
  // Letters wait for their ten seconds more than once.
  test.slow();
  const mailbox = dovecot.mailbox(unique("alice"));
  const info = `${unique("info")}@alfa.example`;
  const [jan, piet] = [`${unique("jan")}@bakkerij.example`, `${unique("piet")}@molen.example`];
  dovecot.deliver(mailbox, mail({ from: `Jan Bakker <${jan}>`, to: `Info <${info}>, Piet <${piet}>`, subject: "Aan uw info", text: "Heeft u meel?" }));
  const alice = await connected(page, dovecot, mailbox);
  await sendsThrough(page, smtp);
  await verified(page, smtp, info);
  const from = sheet(page).getByLabel("Van", { exact: true });
  const chosen = from.locator("option:checked");
  await inbox(page);
  await page.keyboard.press("m");
  await expect(chosen).toHaveText(`${alice.firstName} ${alice.lastName} <${mailbox.address}>`);
  await from.selectOption({ label: `${alice.firstName} ${alice.lastName} <${info}>` });
  await to(page).fill(`${jan};`);
  await subject(page).fill("Van ons allen");
  await sheet(page).getByRole("button", { name: "Verzenden", exact: true }).click();
  await expect(sent(page)).toBeVisible();
  await expect.poll(() => smtp.for(jan).length, undo).toBe(1);
  const [taken] = smtp.for(jan);
  expect(taken?.from).toBe(info);
  expect(parsed(taken?.raw ?? Buffer.alloc(0)).from).toBe(`${alice.firstName} ${alice.lastName} <${info}>`);

  await inbox(page);
  await page.getByText("Aan uw info", { exact: true }).first().click();
  await page.getByRole("button", { name: "Allen beantwoorden" }).click();
  await expect(chosen).toHaveText(`${alice.firstName} ${alice.lastName} <${info}>`);
  await expect(sheet(page).locator(".chip").filter({ hasText: "Jan Bakker" })).toBeVisible();
  await expect(sheet(page).locator(".chip").filter({ hasText: "Piet" })).toBeVisible();
  await expect(sheet(page).locator(".chip").filter({ hasText: "Info" })).toHaveCount(0);
  await sheet(page).getByRole("button", { name: "Verzenden", exact: true }).click();
  await expect.poll(() => smtp.for(piet).length, undo).toBe(1);
  expect(smtp.for(piet)[0]?.from).toBe(info);

  await page.goto("/settings/templates");
  await ready(page);
  await page.getByLabel("Naam van het nieuwe sjabloon").fill("Namens Alfa");
  await page.getByRole("button", { name: "Nieuw", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Namens Alfa" })).toBeVisible();
  await page.goto("/settings/templates");
  await ready(page);
  await page.getByRole("button", { name: "Namens Alfa bewerken" }).click();
  await page.getByRole("dialog").getByLabel("Domein van de afzender").fill("alfa.example");
  await page.getByRole("dialog").getByRole("button", { name: "Opslaan" }).click();
  await expect(page.getByText("Sjabloon bewaard").first()).toBeVisible();
  await inbox(page);
  await page.keyboard.press("m");
  await expect(chosen).toHaveText(`${alice.firstName} ${alice.lastName} <${mailbox.address}>`);
  await sheet(page).getByRole("button", { name: "Sjabloon" }).click();
  await page.getByRole("menuitemradio", { name: "Namens Alfa" }).click();
  await expect(chosen).toHaveText(`${alice.firstName} ${alice.lastName} <${info}>`);
});

test("[PRF-16] what is sent on stays with the contacts of the original, until the company has it otherwise", async ({ page, dovecot, smtp }) => {
  // Letters wait for their ten seconds more than once.
  test.slow();
  const mailbox = dovecot.mailbox(unique("alice"));
  const [jan, piet] = [`${unique("jan")}@bakkerij.example`, `${unique("piet")}@molen.example`];
  for (const subject of ["Eerste offerte", "Tweede offerte"]) dovecot.deliver(mailbox, mail({ from: `Jan Bakker <${jan}>`, to: mailbox.address, subject, text: "Zie onder." }));
  await connected(page, dovecot, mailbox);
  const first = await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker", "E-mail": jan });
  const second = await addContact(page, { Voornaam: "Piet", Achternaam: "Molenaar", "E-mail": piet });
  await sendsThrough(page, smtp);
  const sentOn = async (what: string, linked: boolean) => {
    await inbox(page);
    await page.getByText(what, { exact: true }).first().click();
    await page.getByRole("button", { name: "Doorsturen" }).first().click();
    await expect(subject(page)).toHaveValue(`Fwd: ${what}`);
    await expect(sheet(page).getByRole("group", { name: "Relatie" }).getByText("Jan Bakker")).toHaveCount(linked ? 1 : 0);
    await expect(text(page)).not.toContainText("Beste Jan");
    await to(page).fill(`${piet};`);
    await sheet(page).getByRole("button", { name: "Verzenden", exact: true }).click();
    await expect(sent(page)).toBeVisible();
    for (const [contact, has] of [[first, linked], [second, true]] as const) {
      await page.goto(`/contacts/${contact}`);
      if (has) await expect(page.getByText(`Fwd: ${what}`).first()).toBeVisible();
      else {
        await expect(page.getByText(what, { exact: true }).first()).toBeVisible();
        await expect(page.getByText(`Fwd: ${what}`)).toHaveCount(0);
      }
    }
  };
  await sentOn("Eerste offerte", true);
  await page.goto("/settings/crm");
  await ready(page);
  const keep = page.getByRole("switch", { name: "Behoud relatiekoppeling bij het doorsturen van een e-mail" });
  await expect(keep).toBeChecked();
  await keep.click();
  await expect(page.getByText("Opgeslagen, voor iedereen").first()).toBeVisible();
  await page.goto("/settings/crm");
  await expect(keep).not.toBeChecked();
  await sentOn("Tweede offerte", false);
});
