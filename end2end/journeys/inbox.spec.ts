import type { Page } from "@playwright/test";
import { addContact, connected, contactId, expect, mail, ready, test, unique } from "../fixtures/index.ts";

const jan = "Jan Bakker <jan@bakkerij.example>";
// Exactly: the name of the tick box beside it holds the subject too.
const row = (page: Page, subject: string) => page.getByText(subject, { exact: true }).first();
const body = (page: Page, subject: string) => page.frameLocator(`iframe[title="Bericht: ${subject}"]`);

test("[INB-01, SYN-01, SYN-02, INB-07, INB-08, SYN-04] four folders come in, each message in its place", { tag: "@tablet" }, async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  const me = mailbox.address;
  dovecot.deliver(mailbox, mail({ from: jan, to: me, subject: "In de bus", text: "Dag." }));
  dovecot.deliver(mailbox, mail({ from: me, to: jan, subject: "Uitgaande offerte", text: "Bijgaand." }), { folder: "sent", seen: true });
  dovecot.deliver(mailbox, mail({ from: jan, to: me, subject: "Weg ermee", text: "Oud." }), { folder: "trash", seen: true });
  dovecot.deliver(mailbox, mail({ from: "x@win.example", to: me, subject: "Gewonnen prijs", text: "Klik." }), { folder: "junk" });
  await connected(page, dovecot, mailbox);
  await expect(row(page, "In de bus")).toBeVisible();
  for (const [name, address, subject] of [["Verzonden items", "sent", "Uitgaande offerte"], ["Prullenbak", "trash", "Weg ermee"], ["SPAM", "spam", "Gewonnen prijs"]] as const) {
    await page.goto(`/inbox/${address}`);
    await expect(page.getByText(name).first()).toBeAttached();
    await expect(row(page, subject)).toBeVisible();
  }
});

test("[SYN-01] folders with Dutch names and without special use are known for what they are", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("nl"), true);
  dovecot.deliver(mailbox, mail({ from: mailbox.address, to: jan, subject: "Verstuurd vanaf kantoor", text: "Dag." }), { folder: "verzonden", seen: true });
  dovecot.deliver(mailbox, mail({ from: "x@win.example", to: mailbox.address, subject: "Ongewenst nieuws", text: "Klik." }), { folder: "ongewenst" });
  await connected(page, dovecot, mailbox);
  await page.goto("/inbox/sent");
  await expect(row(page, "Verstuurd vanaf kantoor")).toBeVisible();
  await page.goto("/inbox/spam");
  await expect(row(page, "Ongewenst nieuws")).toBeVisible();
});

test("[SEC-06] a message is shown as it was meant, and nothing in it runs or calls home", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  const html =
    '<p style="color:green">Zichtbare <b>tekst</b></p><img src="http://127.0.0.1:9/spion.png" alt="spion"><script>parent.document.title = "gekaapt"</script>' +
    '<a href="javascript:alert(1)" onclick="alert(2)">klik</a><form action="https://kwaad.example"><input name="pin"></form><iframe src="https://kwaad.example"></iframe>';
  dovecot.deliver(mailbox, mail({ from: jan, to: mailbox.address, subject: "Vermomd bericht", html }));
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await connected(page, dovecot, mailbox);
  await row(page, "Vermomd bericht").click();
  await expect(body(page, "Vermomd bericht").getByText("Zichtbare tekst")).toBeVisible();
  await expect(body(page, "Vermomd bericht").locator("script, form, input, iframe, [onclick], a[href^=javascript]")).toHaveCount(0);
  await expect(page).not.toHaveTitle(/gekaapt/);
  await expect(page.getByText("Externe afbeeldingen geblokkeerd")).toBeVisible();
  expect(asked.filter((url) => url.includes("spion") || url.includes("kwaad"))).toEqual([]);
});

test("[INB-03, ARC-01] finished: gone from the inbox, and back when undone", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  dovecot.deliver(mailbox, mail({ from: jan, to: mailbox.address, subject: "Klus geklaard", text: "Dank." }));
  await connected(page, dovecot, mailbox);
  await row(page, "Klus geklaard").click();
  await page.getByRole("button", { name: "Afronden" }).first().click();
  await expect(page.getByText("Bericht afgerond").first()).toBeVisible();
  await page.goto("/inbox");
  await expect(page.getByText("Alles is afgerond")).toBeVisible();
  await page.goto("/inbox/finished");
  await expect(row(page, "Klus geklaard")).toBeVisible();
  await ready(page);
  await row(page, "Klus geklaard").click();
  await page.getByRole("button", { name: "Terug naar Postvak IN" }).first().click();
  await page.goto("/inbox");
  await expect(row(page, "Klus geklaard")).toBeVisible();
});

test("[INB-05, INB-06] deleted: in the trash, and restorable", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  dovecot.deliver(mailbox, mail({ from: jan, to: mailbox.address, subject: "Per ongeluk weg", text: "Oeps." }));
  await connected(page, dovecot, mailbox);
  await row(page, "Per ongeluk weg").click();
  await page.getByRole("button", { name: "Verwijderen" }).first().click();
  await expect(page.getByText("Bericht naar de prullenbak").first()).toBeVisible();
  await page.goto("/inbox/trash");
  await ready(page);
  await row(page, "Per ongeluk weg").click();
  await page.getByRole("button", { name: "Terugzetten" }).first().click();
  await expect(page.getByText("Bericht teruggezet").first()).toBeVisible();
  await page.goto("/inbox");
  await expect(row(page, "Per ongeluk weg")).toBeVisible();
});

test("[INB-11, ARC-11, ARC-04, ARC-05, SYN-06, SYN-08] an unknown sender becomes a contact, and all earlier mail stands in the archive", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  const me = mailbox.address;
  dovecot.deliver(mailbox, mail({ from: jan, to: me, subject: "Eerste vraag", text: "Kan het?" }));
  dovecot.deliver(mailbox, mail({ from: me, to: jan, subject: "Antwoord daarop", text: "Het kan." }), { folder: "sent", seen: true });
  dovecot.deliver(mailbox, mail({ from: "piet@elders.example", to: me, cc: jan, subject: "Ter kennisname", text: "Zie cc." }));
  dovecot.deliver(mailbox, mail({ from: "piet@elders.example", to: me, subject: "Iets anders", text: "Niet voor Jan." }));
  await connected(page, dovecot, mailbox);
  await row(page, "Eerste vraag").click();
  await page.getByRole("link", { name: "Jan Bakker toevoegen als relatie" }).or(page.getByRole("button", { name: "Jan Bakker toevoegen als relatie" })).first().click();
  await expect(page.getByLabel("Voornaam")).toHaveValue("Jan");
  await expect(page.getByLabel("Achternaam")).toHaveValue("Bakker");
  await page.locator(".contacts__form").getByRole("button", { name: "Opslaan" }).click();
  await contactId(page);
  for (const subject of ["Eerste vraag", "Antwoord daarop", "Ter kennisname"]) await expect(row(page, subject)).toBeVisible();
  await expect(page.getByText("Iets anders")).toHaveCount(0);
});

test("[INB-10] a message is linked by hand, and unlinked", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  dovecot.deliver(mailbox, mail({ from: "info@onbekend.example", to: mailbox.address, subject: "Namens Fatima", text: "Dag." }));
  await connected(page, dovecot, mailbox);
  await addContact(page, { Voornaam: "Fatima", Achternaam: "Aydin" });
  await page.goto("/inbox");
  await ready(page);
  await row(page, "Namens Fatima").click();
  await page.getByRole("button", { name: "Relatie koppelen" }).or(page.getByRole("button", { name: "Koppelen" })).first().click();
  await page.getByRole("dialog").getByRole("combobox").or(page.getByRole("dialog").getByRole("searchbox")).or(page.getByRole("dialog").getByRole("textbox")).first().fill("Fati");
  await page.getByRole("dialog").getByText("Fatima Aydin").first().click();
  await expect(page.getByText("Gekoppeld aan Fatima Aydin").first()).toBeVisible();
  await page.getByRole("button", { name: "Fatima Aydin ontkoppelen" }).click();
  await expect(page.getByText("Ontkoppeld van Fatima Aydin").first()).toBeVisible();
});

test("[SYN-11] the same message in two folders is shown once", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  const twice = mail({ from: mailbox.address, to: `${mailbox.address}, ${jan}`, subject: "Aan mezelf en Jan", text: "Kopie." });
  dovecot.deliver(mailbox, twice, { folder: "sent", seen: true });
  dovecot.deliver(mailbox, twice);
  await connected(page, dovecot, mailbox);
  await expect(row(page, "Aan mezelf en Jan")).toBeVisible();
  await page.goto("/inbox/sent");
  await expect(page.getByText("Aan mezelf en Jan")).toHaveCount(0);
});

test("[ARC-01] an attachment comes down byte for byte, and only as a download", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  const bytes = "%PDF-1.4 niet echt, wel precies zo";
  dovecot.deliver(mailbox, mail({ from: jan, to: mailbox.address, subject: "Met offerte", text: "Zie bijlage.", attachment: { name: "offerte.pdf", type: "application/pdf", bytes } }));
  await connected(page, dovecot, mailbox);
  await row(page, "Met offerte").click();
  const link = page.getByRole("link", { name: /offerte\.pdf downloaden/ });
  await expect(link).toBeVisible();
  const answer = await page.request.get((await link.getAttribute("href")) ?? "");
  expect(await answer.text()).toBe(bytes);
  expect(answer.headers()["content-disposition"]).toContain("attachment");
});

test("[SYN-04, SYN-10] killed in the middle and started again: nothing lost, nothing twice", async ({ page, dovecot, browser }) => {
  const { Spindle } = await import("../fixtures/spindle.ts");
  const mailbox = dovecot.mailbox(unique("alice"));
  for (let at = 0; at < 300; at++) dovecot.deliver(mailbox, mail({ from: jan, to: mailbox.address, subject: `Bericht ${at} van velen`, text: "Dag.".repeat(500) }));
  let spindle = await Spindle.start({ SPINDLE_EXTRA_CA: dovecot.ca });
  const context = await browser.newContext({ baseURL: spindle.address, locale: "nl-NL" });
  const own = await context.newPage();
  await connected(own, dovecot, mailbox);
  spindle = await spindle.killAndRestart();
  await own.goto("/inbox");
  // All were delivered unread, so their number tells that none is missing and none stands twice.
  await expect(own.getByRole("link", { name: /^Postvak IN/ }).filter({ hasText: /300$/ })).toBeVisible({ timeout: 60_000 });
  await context.close();
  await spindle.stop();
  void page;
});
