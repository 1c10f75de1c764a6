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

test("[INB-01] an invitation, a report and a sealed letter are told as such", { tag: "@tablet" }, async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  const head = (subject: string, type: string) =>
    `From: ${jan}\r\nTo: ${mailbox.address}\r\nSubject: ${subject}\r\nDate: ${new Date().toUTCString()}\r\nMessage-ID: <${unique("aard")}@test.example>\r\nMIME-Version: 1.0\r\nContent-Type: ${type}\r\n\r\n`;
  const calendar =
    "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Overleg over de kraan\r\nLOCATION:Kantoor Deventer\r\nORGANIZER;CN=Jan Bakker:mailto:jan@bakkerij.example\r\n" +
    "DTSTART:20301203T080000Z\r\nDTEND:20301203T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
  const parts = (...all: [string, string][]) => `${all.map(([type, body]) => `--b\r\nContent-Type: ${type}\r\n\r\n${body}\r\n`).join("")}--b--\r\n`;
  dovecot.deliver(mailbox, head("Kom je ook", "multipart/alternative; boundary=b") + parts(["text/plain", "Kom je?"], ["text/calendar; method=REQUEST", calendar]));
  const status = "Reporting-MTA: dns; mx.firma.example\r\n\r\nFinal-Recipient: rfc822; weg@bakkerij.example\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 User unknown\r\n";
  dovecot.deliver(
    mailbox,
    head("Niet aangekomen", "multipart/report; report-type=delivery-status; boundary=b").replace("\r\nMIME", "\r\nAuto-Submitted: auto-replied\r\nMIME") +
      parts(["text/plain", "Helaas."], ["message/delivery-status", status]),
  );
  dovecot.deliver(mailbox, head("Geheim", 'multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b') + parts(["application/pgp-encrypted", "Version: 1"], ["application/octet-stream", "x"]));
  await connected(page, dovecot, mailbox);
  await page.getByText("Kom je ook").first().click();
  const meeting = page.locator(".meeting");
  await expect(meeting.getByRole("heading", { name: "Overleg over de kraan" })).toBeVisible();
  await expect(meeting).toContainText("dinsdag 3 december 2030, 09:00 – 10:00");
  await expect(meeting).toContainText("Kantoor Deventer");
  await page.goto("/inbox");
  await page.getByText("Niet aangekomen").first().click();
  await expect(page.getByText("Niet bezorgd bij weg@bakkerij.example.")).toBeVisible();
  await expect(page.getByText("Dit adres bestaat niet (meer).")).toBeVisible();
  await expect(page.getByText("Automatisch antwoord")).toBeVisible();
  await page.goto("/inbox");
  await page.getByText("Geheim").first().click();
  await expect(page.getByText("Versleuteld (OpenPGP)")).toBeVisible();
});
