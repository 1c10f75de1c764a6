import type { Page } from "@playwright/test";
import { connected, expect, mail, test, unique } from "../fixtures/index.ts";

const jan = "Jan Bakker <jan@bakkerij.example>";
const frame = (page: Page, subject: string) => page.frameLocator(`iframe[title="Bericht: ${subject}"]`);
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

test("[SEC-06] what a letter quotes is folded, and trackers are counted", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  const old = "Dit schreef ik eerder en het is lang genoeg om weg te vouwen. ".repeat(6);
  const html =
    `<p>Mijn antwoord</p><blockquote type="cite">${old}</blockquote>` +
    '<img src="http://127.0.0.1:9/a.gif" width="1" height="1"><img src="http://127.0.0.1:9/b.gif" style="display:none">';
  dovecot.deliver(mailbox, mail({ from: jan, to: mailbox.address, subject: "Met volgpixels", html }));
  dovecot.deliver(mailbox, mail({ from: jan, to: mailbox.address, subject: "Gewoon antwoord", text: `Ja hoor.\n\nOp maandag schreef Alice:\n> ${old}\n` }));
  await connected(page, dovecot, mailbox);
  await page.getByText("Met volgpixels").first().click();
  await expect(page.getByText("2 volgpixels verwijderd")).toBeVisible();
  const letter = frame(page, "Met volgpixels");
  await expect(letter.getByText("Mijn antwoord")).toBeVisible();
  await expect(letter.getByText("Dit schreef ik eerder")).toBeHidden();
  const before = await page.locator(".letter__frame").evaluate((element) => element.clientHeight);
  await letter.getByLabel("Eerdere tekst tonen of verbergen").click();
  await expect(letter.getByText("Dit schreef ik eerder")).toBeVisible();
  await expect.poll(() => page.locator(".letter__frame").evaluate((element) => element.clientHeight)).toBeGreaterThan(before);
  await page.getByText("Gewoon antwoord").first().click();
  await expect(frame(page, "Gewoon antwoord").getByText("Ja hoor.")).toBeVisible();
  await expect(frame(page, "Gewoon antwoord").getByText("Dit schreef ik eerder")).toBeHidden();
});

test("[INB-01] what belongs together is read together, and can be split with undo", { tag: "@tablet" }, async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  const me = mailbox.address;
  const key = unique("draad");
  const id = (number: number) => `<${key}-${number}@test.example>`;
  const send = (number: number, from: string, to: string, subject: string, where: Parameters<typeof dovecot.deliver>[2] = {}) =>
    dovecot.deliver(
      mailbox,
      mail({ from, to, subject, text: `Tekst van ${subject}.`, date: minutesAgo(90 - number), messageId: id(number), answers: number ? [id(0), id(number - 1)] : undefined }),
      where,
    );
  send(0, jan, me, "Vraag over de oven");
  send(1, me, jan, "Ons antwoord", { folder: "sent", seen: true });
  send(2, jan, me, "Dank voor het antwoord");
  await connected(page, dovecot, mailbox);
  await page.getByText("Dank voor het antwoord").first().click();
  const cards = page.locator(".conversation__stream > .letter");
  await expect(cards).toHaveCount(3);
  await expect(frame(page, "Dank voor het antwoord").getByText("Tekst van Dank voor het antwoord.")).toBeVisible();
  const ours = page.getByRole("button", { name: /Ons antwoord/ });
  await expect(ours).toHaveAttribute("aria-expanded", "false");
  await page.keyboard.press("[");
  await expect(ours).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(frame(page, "Ons antwoord").getByText("Tekst van Ons antwoord.")).toBeVisible();
  send(3, jan, me, "Nog een vraag");
  await expect(cards).toHaveCount(4);

  await cards.nth(2).locator("summary").click();
  await cards.nth(2).getByRole("button", { name: "Maak vanaf hier een apart gesprek" }).click();
  await expect(cards).toHaveCount(2);
  await page.getByRole("button", { name: "Ongedaan maken" }).click();
  await expect(cards).toHaveCount(4);
});

test("[INB-01] what does not name one another is made one conversation by hand, with undo", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  for (const [at, subject] of ["Eerste brief", "Andere brief"].entries()) {
    dovecot.deliver(mailbox, mail({ from: jan, to: mailbox.address, subject, text: "Dag.", date: minutesAgo(9 - at) }));
  }
  await connected(page, dovecot, mailbox);
  await page.getByText("Eerste brief").first().click();
  const cards = page.locator(".conversation__stream > .letter");
  await expect(cards).toHaveCount(1);
  for (const subject of ["Eerste brief", "Andere brief"]) await page.getByRole("checkbox", { name: `Selecteer ${subject}` }).click();
  await page.getByRole("toolbar", { name: "Met de selectie" }).getByRole("button", { name: "Meer acties" }).click();
  await page.getByRole("menuitem", { name: "Maak er één gesprek van" }).click();
  await expect(page.getByText("Gesprekken samengevoegd").first()).toBeVisible();
  await expect(cards).toHaveCount(2);
  await page.getByRole("button", { name: "Ongedaan maken" }).last().click();
  await expect(cards).toHaveCount(1);
});
