import type { Page } from "@playwright/test";
import { addContact, connected, expect, mail, ready, test, unique } from "../fixtures/index.ts";

const jan = "Jan Bakker <jan@bakkerij.example>";
const list = (page: Page) => page.getByRole("region", { name: "Berichten" });
const row = (page: Page, subject: string) => list(page).getByText(subject, { exact: true }).first();
const folder = (page: Page, name: string) => page.getByRole("navigation", { name: "Mappen" }).getByRole("link", { name: new RegExp(`^${name}`) });

test("[INB-12, INB-14, ARC-08, ARC-09] by keyboard alone: walk, highlight, note, task, finish and undo", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  for (const subject of ["Eerste vraag", "Tweede vraag"]) dovecot.deliver(mailbox, mail({ from: jan, to: mailbox.address, subject, text: "Dag." }));
  await connected(page, dovecot, mailbox);
  await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker", "E-mail": "jan@bakkerij.example" });
  await page.goto("/inbox");
  await ready(page);
  await expect(row(page, "Eerste vraag")).toBeVisible();

  await page.keyboard.press("j");
  await expect(page.locator(".message-row[aria-current=true]")).toHaveCount(1);
  const subject = (await page.locator(".message-row[aria-current=true] .message-row__subject").textContent()) ?? "";
  await page.keyboard.press("h");
  await expect(page.getByText("Bericht gemarkeerd").first()).toBeVisible();
  await page.keyboard.press("n");
  await expect(page.getByLabel("Notitie toevoegen")).toBeFocused();
  await page.keyboard.type("Ik bel hem morgen.");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("region", { name: "Notities" }).getByText("Ik bel hem morgen.")).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("t");
  await expect(page.getByLabel("Wat moet er gebeuren")).toHaveValue(subject);
  await page.getByLabel("Wat moet er gebeuren").press("Enter");
  await expect(page.getByText("Taak toegevoegd").first()).toBeVisible();
  await page.keyboard.press("e");
  await expect(page.getByText("Bericht afgerond").first()).toBeVisible();
  await expect(list(page).getByText(subject)).toHaveCount(0);
  await page.keyboard.press("z");
  await expect(row(page, subject)).toBeVisible();
  // All of it was kept by the server.
  await page.goto("/inbox?show=highlighted");
  await expect(row(page, subject)).toBeVisible();
  await expect(list(page).locator(".message-row")).toHaveCount(1);
  await page.goto("/");
  const tasks = page.getByRole("region", { name: "Mijn taken" });
  await expect(tasks.getByText(subject)).toBeVisible();
  await expect(tasks.getByRole("link", { name: "Jan Bakker" })).toBeVisible();
  await ready(page);
  await tasks.getByRole("checkbox", { name: `${subject} is klaar` }).click();
  await expect(page.getByText("Taak klaar").first()).toBeVisible();
  await expect(tasks.getByText("Niets te doen")).toBeVisible();
});

test("[INB-12] a range with Shift, everything that matches, and one undo for all of it", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  for (let at = 0; at < 64; at++) {
    dovecot.deliver(mailbox, mail({ from: jan, to: mailbox.address, subject: `Bericht ${at}`, text: "Dag.", date: new Date(Date.now() - at * 60_000) }));
  }
  await connected(page, dovecot, mailbox);
  const unread = folder(page, "Postvak IN");
  await expect(unread).toContainText("64");
  await ready(page);
  await page.getByRole("checkbox", { name: "Selecteer Bericht 1", exact: true }).click();
  await page.getByRole("checkbox", { name: "Selecteer Bericht 4", exact: true }).click({ modifiers: ["Shift"] });
  const bar = page.getByRole("toolbar", { name: "Met de selectie" });
  await expect(bar.getByText("4 geselecteerd")).toBeVisible();
  await page.keyboard.press("e");
  await expect(page.getByText("4 berichten afgerond").first()).toBeVisible();
  await expect(unread).toContainText("60");
  await page.keyboard.press("z");
  await expect(unread).toContainText("64");
  await expect(row(page, "Bericht 3")).toBeVisible();

  await page.getByRole("checkbox", { name: "Selecteer Bericht 0", exact: true }).click();
  await page.getByRole("checkbox", { name: "Alle getoonde berichten selecteren" }).click();
  await page.getByRole("button", { name: "Selecteer alle 64 die passen" }).click();
  await expect(bar.getByText("64 geselecteerd")).toBeVisible();
  await bar.getByRole("button", { name: "Afronden" }).click();
  await expect(page.getByText("64 berichten afgerond").first()).toBeVisible();
  await expect(page.getByText("Alles is afgerond")).toBeVisible();
  await page.getByRole("button", { name: "Ongedaan maken" }).last().click();
  await expect(unread).toContainText("64");
  await expect(row(page, "Bericht 0")).toBeVisible();
});

test("[INB-07] SPAM by hand: there and on the mail server, back by undo and by the button", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  for (const subject of ["Gewonnen prijs", "Gewone vraag"]) dovecot.deliver(mailbox, mail({ from: jan, to: mailbox.address, subject, text: "Dag." }));
  await connected(page, dovecot, mailbox);
  await ready(page);
  await row(page, "Gewonnen prijs").click();
  await expect(page.getByRole("heading", { name: "Gewonnen prijs" })).toBeVisible();
  await page.keyboard.press("!");
  await expect(page.getByText("Bericht naar SPAM").first()).toBeVisible();
  await expect(row(page, "Gewonnen prijs")).toHaveCount(0);
  await expect.poll(() => dovecot.flags(mailbox, "junk").length).toBe(1);
  await page.keyboard.press("z");
  await expect(row(page, "Gewonnen prijs")).toBeVisible();
  await expect.poll(() => dovecot.flags(mailbox, "junk").length).toBe(0);

  await page.getByRole("checkbox", { name: "Selecteer Gewonnen prijs" }).click();
  await page.getByRole("toolbar", { name: "Met de selectie" }).getByRole("button", { name: "Meer acties" }).click();
  await page.getByRole("menuitem", { name: "Naar SPAM" }).click();
  await expect(row(page, "Gewonnen prijs")).toHaveCount(0);
  await page.goto("/inbox/spam");
  await ready(page);
  await row(page, "Gewonnen prijs").click();
  await page.getByRole("button", { name: "Geen SPAM" }).click();
  await expect(page.getByText("Bericht uit SPAM gehaald").first()).toBeVisible();
  await page.goto("/inbox");
  await expect(row(page, "Gewonnen prijs")).toBeVisible();
  await expect.poll(() => dovecot.flags(mailbox).length).toBe(2);
});

test("[INB-14] put off with s: gone from the inbox, to be found among what is put off, and back when asked", { tag: "@tablet" }, async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  dovecot.deliver(mailbox, mail({ from: jan, to: mailbox.address, subject: "Later doen", text: "Dag." }));
  await connected(page, dovecot, mailbox);
  await ready(page);
  await row(page, "Later doen").click();
  await page.getByRole("button", { name: "Uitstellen" }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: /^Morgen/ }).click();
  await expect(page.getByText("Bericht uitgesteld").first()).toBeVisible();
  await page.goto("/inbox");
  await expect(page.getByText("Alles is afgerond")).toBeVisible();
  await page.goto("/inbox/snoozed");
  await ready(page);
  await expect(row(page, "Later doen")).toBeVisible();
  await row(page, "Later doen").click();
  await page.getByRole("button", { name: "Nu terug" }).click();
  await page.goto("/inbox");
  await expect(row(page, "Later doen")).toBeVisible();
});

test("[INB-12] sorted by address, oldest first, and shown by what is marked", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);
  for (const [from, subject, minutes] of [["zoe@z.example", "Van Zoe", 3], ["anna@a.example", "Van Anna", 2], ["mia@m.example", "Van Mia", 1]] as const) {
    dovecot.deliver(mailbox, mail({ from, to: mailbox.address, subject, text: "Dag.", date: ago(minutes) }));
  }
  await connected(page, dovecot, mailbox);
  await ready(page);
  const subjects = list(page).locator(".message-row__subject");
  await expect(subjects).toHaveText(["Van Mia", "Van Anna", "Van Zoe"]);
  const sort = async (name: string) => {
    await page.getByRole("button", { name: "Filteren en sorteren" }).click();
    await page.getByRole("menuitemradio", { name }).click();
  };
  await sort("Op adres");
  await expect(subjects).toHaveText(["Van Anna", "Van Mia", "Van Zoe"]);
  await sort("Oudste eerst");
  await expect(subjects).toHaveText(["Van Zoe", "Van Anna", "Van Mia"]);
  await row(page, "Van Anna").click();
  await page.getByRole("button", { name: "Meer acties" }).first().click();
  await page.getByRole("menuitem", { name: "Privé maken" }).click();
  await expect(page.getByText("Bericht is privé").first()).toBeVisible();
  await sort("Privé");
  await expect(subjects).toHaveText(["Van Anna"]);
});

test("[INB-14] the contact stands beside the message, and i hides and shows them", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  dovecot.deliver(mailbox, mail({ from: jan, to: mailbox.address, subject: "Van een bekende", text: "Dag." }));
  dovecot.deliver(mailbox, mail({ from: "wie@onbekend.example", to: mailbox.address, subject: "Van een vreemde", text: "Dag." }));
  await connected(page, dovecot, mailbox);
  await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker", "E-mail": "jan@bakkerij.example", Mobiel: "06 12345678" });
  await page.goto("/inbox");
  await ready(page);
  await row(page, "Van een bekende").click();
  const side = page.getByRole("complementary", { name: "Relatiepaneel" });
  await expect(side.getByRole("link", { name: "Jan Bakker" })).toBeVisible();
  await expect(side.getByText("06 12345678")).toBeVisible();
  await expect(side.getByText("Van een bekende")).toBeVisible();
  await page.keyboard.press("i");
  await expect(side).toBeHidden();
  await page.keyboard.press("i");
  await expect(side).toBeVisible();
  await row(page, "Van een vreemde").click();
  await expect(side.getByText("Dit adres is nog van geen relatie.")).toBeVisible();
  // Where there is no room beside it, it lies over the message and Escape takes it away.
  await page.setViewportSize({ width: 1024, height: 768 });
  await expect(side).toBeHidden();
  await page.keyboard.press("i");
  await expect(side).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(side).toBeHidden();
});
