import { addContact, connected, expect, inbox, mail, parsed, ready, sendsThrough, sent, sheet, subject, test, text, to, undo, unique } from "../fixtures/index.ts";

test("[CMP-01, CMP-11, CMP-16, CMP-17, CMP-18, INB-08, INB-09, EML-24] a letter by the keyboard alone: written, sent, filed, and a copy in the mailbox", async ({ page, dovecot, smtp }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  const jan = `${unique("jan")}@bakkerij.example`;
  const alice = await connected(page, dovecot, mailbox);
  const contact = await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker", "E-mail": jan });
  await sendsThrough(page, smtp);
  await inbox(page);
  await page.keyboard.press("m");
  await expect(to(page)).toBeFocused();
  await page.keyboard.type("bakk");
  await expect(sheet(page).getByRole("option", { name: new RegExp(jan) })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(sheet(page).locator(".chip").filter({ hasText: "Jan Bakker" })).toBeVisible();
  await subject(page).focus();
  await page.keyboard.type("Levering van vrijdag");
  await text(page).focus();
  await page.keyboard.press("Control+Home");
  await page.keyboard.type("De zegels zijn op é en ü. ");
  await expect(sheet(page).getByText("Bewaard", { exact: true })).toBeVisible();
  await page.keyboard.press("Control+Enter");
  await expect(sent(page)).toBeVisible();
  await expect(sheet(page)).toHaveCount(0);

  // Filed at once, before it has gone.
  await page.goto(`/contacts/${contact}`);
  await expect(page.getByText("Levering van vrijdag").first()).toBeVisible();
  await expect.poll(() => smtp.for(jan).length, undo).toBe(1);
  const [taken] = smtp.for(jan);
  const letter = parsed(taken?.raw ?? Buffer.alloc(0));
  expect(letter.defects).toEqual([]);
  expect(taken?.from).toBe(mailbox.address);
  expect(letter.from).toBe(`${alice.firstName} ${alice.lastName} <${mailbox.address}>`);
  expect(letter.to).toBe(`Jan Bakker <${jan}>`);
  expect(letter.subject).toBe("Levering van vrijdag");
  expect(letter.text).toContain("De zegels zijn op é en ü.");
  expect(letter.html).toContain("De zegels zijn op é en ü.");
  expect(letter.headers.filter(([name]) => /^(message-id|date|mime-version)$/i.test(name))).toHaveLength(3);

  await page.goto("/inbox/sent");
  await expect(page.getByText("Levering van vrijdag").first()).toBeVisible();
  await page.goto("/inbox/outbox");
  await expect(page.getByText("Niets onderweg")).toBeVisible();
});

test("[CMP-19, CMP-20] taken back in time, changed, folded up, and there again after the browser was closed", async ({ page, dovecot, smtp, context }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  const jan = `${unique("jan")}@bakkerij.example`;
  await connected(page, dovecot, mailbox);
  await sendsThrough(page, smtp);
  await inbox(page);
  await page.getByRole("button", { name: "Nieuw bericht" }).first().click();
  await to(page).fill(`${jan};`);
  await subject(page).fill("Nog niet klaar");
  await sheet(page).getByRole("button", { name: "Verzenden", exact: true }).click();
  await expect(sent(page)).toBeVisible();
  await page.getByRole("button", { name: "Ongedaan maken" }).click();
  await expect(subject(page)).toHaveValue("Nog niet klaar");
  await page.goto("/inbox/outbox");
  await expect(page.getByText("Niets onderweg")).toBeVisible();

  await page.goto("/inbox/drafts");
  await page.getByRole("button", { name: /Nog niet klaar/ }).click();
  await subject(page).fill("Bijna klaar");
  await sheet(page).getByRole("button", { name: "Inklappen" }).click();
  await page.keyboard.press("m");
  await subject(page).fill("Een tweede");
  await expect(page.locator(".compose")).toHaveCount(2);
  await expect(page.getByText("Nog niet bewaard")).toHaveCount(0);
  await page.close();

  const again = await context.newPage();
  await again.goto("/inbox/drafts");
  await expect(again.getByRole("button", { name: /Een tweede/ })).toBeVisible();
  await again.getByRole("button", { name: /Bijna klaar/ }).click();
  await expect(subject(again)).toHaveValue("Bijna klaar");
  await expect(sheet(again).locator(".chip").filter({ hasText: jan })).toBeVisible();
  await sheet(again).getByRole("button", { name: "Weggooien" }).click();
  await expect(again.getByText("Concept weggegooid").first()).toBeVisible();
  await expect(again.getByRole("button", { name: /Bijna klaar/ })).toHaveCount(0);
  expect(smtp.for(jan)).toEqual([]);
  // Later: it waits, and says until when; also after a second look.
  await again.getByRole("button", { name: /Een tweede/ }).click();
  await to(again).fill(`${jan};`);
  await text(again).focus();
  await again.keyboard.press("Control+Home");
  await again.keyboard.type("Zie de bijlage. ");
  await sheet(again).getByRole("button", { name: "Later verzenden" }).click();
  await again.getByRole("menuitem", { name: "Morgen" }).click();
  await sheet(again).getByRole("button", { name: "Toch verzenden" }).click();
  await expect(again.getByText("Bericht staat klaar om later te verzenden").first()).toBeVisible();
  await again.goto("/inbox/outbox");
  await again.getByText("Een tweede").first().click();
  await expect(again.getByText(/^Gaat weg op /)).toBeVisible();
  await again.getByRole("button", { name: "Terughalen en wijzigen" }).click();
  await expect(subject(again)).toHaveValue("Een tweede");
});

test("[CMP-02, CMP-03, CMP-04, CMP-12, CMP-13, CMP-15] from the card: the salutation is there, another template keeps what was typed, Bcc stays hidden, a linked contact gets nothing", async ({ page, dovecot, smtp }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  const [jan, piet, stil] = [`${unique("jan")}@bakkerij.example`, `${unique("piet")}@molen.example`, `${unique("stil")}@molen.example`];
  await connected(page, dovecot, mailbox);
  await sendsThrough(page, smtp);
  await page.goto("/settings/templates");
  await ready(page);
  await page.getByLabel("Naam van het nieuwe sjabloon").fill("Kort");
  await page.getByRole("button", { name: "Nieuw", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Kort" })).toBeVisible();
  await page.getByRole("toolbar").getByRole("button", { name: "HTML", exact: true }).click();
  await page.locator(".rich-text__source").fill("<p>Hoi «Voornaam»,</p><p><br></p><p>Doei</p>");
  await page.getByRole("button", { name: "Opslaan" }).click();
  await expect(page.getByText("Sjabloon opgeslagen").first()).toBeVisible();
  const third = await addContact(page, { Voornaam: "Stille", Achternaam: "Wieringa", "E-mail": stil });
  const card = await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker", "E-mail": jan });
  await page.goto(`/contacts/${card}/details`);
  await ready(page);
  await page.getByRole("link", { name: jan }).dblclick();
  await expect(text(page)).toContainText("Beste Jan");
  await expect(page.locator(".compose")).toHaveCount(1);
  await text(page).getByText("Beste Jan").click();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.keyboard.type("Dit typte ik zelf.");
  await sheet(page).getByRole("button", { name: "Sjabloon" }).click();
  await page.getByRole("menuitemradio", { name: "Kort" }).click();
  await expect(text(page)).toContainText("Hoi Jan,");
  await expect(text(page)).toContainText("Dit typte ik zelf.");
  await expect(text(page)).not.toContainText("Beste Jan");

  await expect(sheet(page).getByRole("combobox", { name: "Bcc" })).toHaveCount(0);
  await sheet(page).getByRole("button", { name: "Cc", exact: true }).click();
  await sheet(page).getByRole("combobox", { name: "Bcc" }).fill(`${piet};`);
  await expect(sheet(page).getByText("Een koppeling is geen ontvanger.")).toBeVisible();
  await sheet(page).getByRole("button", { name: "Koppelen", exact: true }).click();
  await page.getByRole("dialog", { name: "Relatie koppelen" }).getByRole("combobox").fill("Wieringa");
  await page.getByRole("option", { name: /Wieringa/ }).click();
  await subject(page).fill("Zonder omhaal");
  await sheet(page).getByRole("button", { name: "Verzenden", exact: true }).click();
  await expect(sent(page)).toBeVisible();
  await expect.poll(() => smtp.for(piet).length, undo).toBe(1);
  const [taken] = smtp.for(jan);
  expect(taken?.to.sort()).toEqual([jan, piet].sort());
  expect(taken?.raw.toString()).not.toContain(piet);
  expect(smtp.for(stil)).toEqual([]);
  await page.goto(`/contacts/${third}`);
  await expect(page.getByText("Zonder omhaal").first()).toBeVisible();
});

test("[CMP-07, CMP-09, CMP-21, INB-14, TPL-22] answers quote what they answer, files go along, and what is forgotten is told first", { tag: "@tablet" }, async ({ page, dovecot, smtp }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  const [jan, piet] = [`${unique("jan")}@bakkerij.example`, `${unique("piet")}@molen.example`];
  const key = `<${unique("vraag")}@bakkerij.example>`;
  const attachment = { name: "tarief.pdf", type: "application/pdf", bytes: "%PDF-1.4 tarief" };
  dovecot.deliver(
    mailbox,
    mail({ from: `Jan Bakker <${jan}>`, to: `${mailbox.address}, Piet <${piet}>`, subject: "Vraag over meel", text: "Heeft u «Mijn Mobiel» en meel?", messageId: key, attachment }),
  );
  await connected(page, dovecot, mailbox);
  await sendsThrough(page, smtp);
  await inbox(page);
  await page.getByText("Vraag over meel", { exact: true }).first().click();
  await page.getByRole("button", { name: "Allen beantwoorden" }).click();
  await expect(subject(page)).toHaveValue("Re: Vraag over meel");
  await expect(sheet(page).locator(".chip").filter({ hasText: "Jan Bakker" })).toBeVisible();
  await expect(sheet(page).locator(".chip").filter({ hasText: "Piet" })).toBeVisible();
  await expect(text(page)).toContainText("schreef Jan Bakker");
  await text(page).focus();
  await page.keyboard.press("Control+Home");
  await page.keyboard.type("Zie de bijlage.");
  await sheet(page).getByRole("button", { name: "Verzenden", exact: true }).click();
  await expect(sheet(page).getByText("U noemt een bijlage, maar er is er geen toegevoegd.")).toBeVisible();
  await sheet(page).locator("input[type=file]").setInputFiles({ name: "prijs € lijst.txt", mimeType: "text/plain", buffer: Buffer.from("1 zak: € 12") });
  await expect(sheet(page).getByRole("link", { name: "prijs € lijst.txt" })).toBeVisible();
  await sheet(page).getByRole("button", { name: "Verzenden", exact: true }).click();
  await expect(sent(page)).toBeVisible();
  await expect.poll(() => smtp.for(jan).length, undo).toBe(1);
  const [taken] = smtp.for(jan);
  expect(taken?.to.sort()).toEqual([jan, piet].sort());
  const letter = parsed(taken?.raw ?? Buffer.alloc(0));
  expect([letter.answers, letter.references]).toEqual([key, key]);
  expect(letter.parts.find(({ name }) => name === "prijs € lijst.txt")?.size).toBe(Buffer.byteLength("1 zak: € 12"));
  // What another wrote between guillemets is none of our fields.
  expect(letter.html).toContain("‹Mijn Mobiel›");
  expect(letter.html).toMatch(/<blockquote/);

  await inbox(page);
  await page.getByText("Vraag over meel", { exact: true }).first().click();
  await page.getByRole("button", { name: "Doorsturen" }).first().click();
  await expect(subject(page)).toHaveValue("Fwd: Vraag over meel");
  await expect(sheet(page).getByRole("link", { name: "tarief.pdf" })).toBeVisible();
  await sheet(page).getByRole("button", { name: "Bewaren en sluiten" }).click();
  await expect(sheet(page)).toHaveCount(0);
});

test("[CMP-08, ARC-12, TPL-19] a file of an archive goes along, and a template is tried on oneself", async ({ page, dovecot, smtp }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  const jan = `${unique("jan")}@bakkerij.example`;
  const attachment = { name: "tarief.pdf", type: "application/pdf", bytes: "%PDF-1.4 tarief" };
  dovecot.deliver(mailbox, mail({ from: `Jan Bakker <${jan}>`, to: mailbox.address, subject: "Tarieven", text: "Bijgaand.", attachment }));
  const alice = await connected(page, dovecot, mailbox);
  await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker", "E-mail": jan });
  await sendsThrough(page, smtp);
  await inbox(page);
  await page.keyboard.press("m");
  await sheet(page).getByRole("button", { name: "Bestand van een relatie" }).click();
  await page.getByRole("dialog", { name: "Van welke relatie?" }).getByRole("combobox").fill("Bakker");
  await page.getByRole("option", { name: /Jan Bakker/ }).click();
  await page.getByRole("dialog", { name: "Bestanden van Jan Bakker" }).getByRole("button", { name: /tarief\.pdf/ }).click();
  await expect(sheet(page).getByRole("link", { name: "tarief.pdf" })).toBeVisible();
  await sheet(page).getByRole("button", { name: "tarief.pdf weghalen" }).click();
  await expect(sheet(page).getByRole("link", { name: "tarief.pdf" })).toHaveCount(0);

  await page.goto("/settings/templates");
  await ready(page);
  await page.getByRole("link", { name: "Standaardsjabloon" }).click();
  await page.getByRole("button", { name: "Test naar mij sturen" }).click();
  await expect(page.getByText(`Testbericht gaat naar ${alice.email}`).first()).toBeVisible();
  await expect.poll(() => smtp.for(alice.email).length, undo).toBe(1);
  expect(parsed(smtp.for(alice.email)[0]?.raw ?? Buffer.alloc(0)).text).toContain(alice.company);
});

test("[CMP-17, EML-24] what a server will not take is told at the letter, and can be tried again", async ({ page, dovecot, smtp }) => {
  // Letters wait for their ten seconds more than once.
  test.slow();
  const mailbox = dovecot.mailbox(unique("alice"));
  const [weg, goed, later] = [`${unique("weg")}@molen.example`, `${unique("goed")}@molen.example`, `${unique("later")}@molen.example`];
  smtp.answer(weg, 550, "5.1.1 No such user here");
  smtp.answer(later, 451, "4.7.1 Greylisted, try again later");
  await connected(page, dovecot, mailbox);
  await sendsThrough(page, smtp);
  await inbox(page);
  await page.keyboard.press("m");
  await to(page).fill(`${weg}, ${goed}, geen adres`);
  await page.keyboard.press("Enter");
  await expect(sheet(page).getByText("Dit is geen e-mailadres.")).toBeVisible();
  await expect(to(page)).toHaveValue("geen adres");
  await to(page).fill("");
  await subject(page).fill("Voor twee");
  await sheet(page).getByRole("button", { name: "Verzenden", exact: true }).click();
  await expect.poll(() => smtp.for(goed).length, undo).toBe(1);
  await page.goto("/inbox/sent");
  await page.getByText("Voor twee").first().click();
  await expect(page.getByText("Verzonden, maar niet aan iedereen.")).toBeVisible();
  await expect(page.getByText(`${weg} kreeg het niet: `)).toContainText("No such user here");

  await inbox(page);
  await page.keyboard.press("m");
  await to(page).fill(`${later};`);
  await subject(page).fill("Even wachten");
  await sheet(page).getByRole("button", { name: "Verzenden", exact: true }).click();
  await page.goto("/inbox/outbox");
  await page.getByText("Even wachten").first().click();
  await expect(page.getByText(/Nog niet verzonden; volgende poging .*Greylisted/)).toBeVisible(undo);
  smtp.welcome(later);
  await page.getByRole("button", { name: "Nu opnieuw verzenden" }).click();
  await expect.poll(() => smtp.for(later).length, undo).toBe(1);
  await page.goto("/inbox/sent");
  await expect(page.getByText("Even wachten").first()).toBeVisible();
});

test("[INB-09, INB-14] a letter begins where the folders are a menu, and an answer where a message stands in an archive", { tag: "@tablet" }, async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  const jan = `${unique("jan")}@bakkerij.example`;
  dovecot.deliver(mailbox, mail({ from: `Jan Bakker <${jan}>`, to: mailbox.address, subject: "Uit het archief", text: "Dag." }));
  await connected(page, dovecot, mailbox);
  const card = await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker", "E-mail": jan });
  await inbox(page);
  await page.getByRole("button", { name: "Nieuw bericht" }).click();
  await expect(subject(page)).toBeVisible();
  await sheet(page).getByRole("button", { name: "Bewaren en sluiten" }).click();
  await expect(sheet(page)).toHaveCount(0);
  await page.goto(`/contacts/${card}`);
  await ready(page);
  await page.getByText("Uit het archief").first().click();
  await page.getByRole("button", { name: "Beantwoorden", exact: true }).click();
  await expect(subject(page)).toHaveValue("Re: Uit het archief");
});

test("[EML-24] an outgoing server that does not answer is told before it is kept", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  await connected(page, dovecot, mailbox);
  await page.goto("/settings/mail");
  await ready(page);
  await page.getByRole("link", { name: /aanpassen/i }).first().click();
  const form = page.getByRole("form", { name: "Uitgaande server" });
  await form.getByLabel("Server voor").fill("localhost");
  await form.getByLabel("Poort").fill("x");
  await form.getByRole("button", { name: "Testen en opslaan" }).click();
  await expect(form.getByText(/poort/i).last()).toBeVisible();
  await form.getByLabel("Poort").fill("9");
  await form.getByRole("button", { name: "Testen en opslaan" }).click();
  await expect(form.getByRole("alert").first()).toContainText("localhost");
  await form.getByRole("button", { name: "Toch opslaan" }).click();
  await expect(page.getByText("Opgeslagen.").first()).toBeVisible();
});

test("[CMP-06] the address book: several at once, by keyboard and by hand, for each field", { tag: "@tablet" }, async ({ page, dovecot, smtp }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  const [jan, piet, stil] = [`${unique("jan")}@bakkerij.example`, `${unique("piet")}@molen.example`, `${unique("stil")}@molen.example`];
  await connected(page, dovecot, mailbox);
  await sendsThrough(page, smtp);
  await inbox(page);
  const book = page.getByRole("dialog", { name: "Adresboek" });
  const open = () => sheet(page).getByRole("button", { name: "Adresboek", exact: true }).click();
  const chosen = (count: number) => expect(book.getByRole("status")).toHaveText(`${count} gekozen, toevoegen aan:`);
  await page.getByRole("button", { name: "Nieuw bericht" }).first().click();
  await open();
  await expect(book.getByText("Er zijn nog geen relaties met een e-mailadres.")).toBeVisible();
  await expect(book.getByRole("button", { name: "Aan", exact: true })).toBeDisabled();
  // Escape closes the book, and not the letter behind it.
  await page.keyboard.press("Escape");
  await expect(book).toHaveCount(0);
  await subject(page).fill("Voor drie");
  await expect(sheet(page).getByText("Bewaard", { exact: true })).toBeVisible();
  await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker", "E-mail": jan });
  await addContact(page, { Voornaam: "Piet", Achternaam: "Molenaar", "E-mail": piet });
  await addContact(page, { Voornaam: "Stille", Achternaam: "Molenaar", "E-mail": stil });
  await addContact(page, { Voornaam: "Zonder", Achternaam: "Adres" });

  await page.goto("/inbox/drafts");
  await ready(page);
  await page.getByRole("button", { name: /Voor drie/ }).click();
  await open();
  await expect(book.getByRole("option")).toHaveCount(3);
  await expect(book.getByRole("combobox")).toBeFocused();
  await page.keyboard.type("molenaar");
  await expect(book.getByRole("option")).toHaveCount(2);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(book.getByRole("option", { selected: true })).toHaveCount(1);
  await page.keyboard.press("Enter");
  await chosen(0);
  await book.getByRole("option", { name: /Piet Molenaar/ }).click();
  await book.getByRole("combobox").fill("bakk");
  await book.getByRole("option", { name: new RegExp(jan) }).click();
  await chosen(2);
  await book.getByRole("button", { name: "Aan", exact: true }).click();
  await expect(book).toHaveCount(0);
  await expect(sheet(page).locator(".chip").filter({ hasText: "Jan Bakker" })).toBeVisible();
  await expect(sheet(page).locator(".chip").filter({ hasText: "Piet Molenaar" })).toBeVisible();

  await open();
  await book.getByRole("combobox").fill("stille");
  await expect(book.getByRole("option")).toHaveCount(1);
  await book.getByRole("option").click();
  await book.getByRole("combobox").fill("niemand die zo heet");
  await expect(book.getByText("Geen adres gevonden voor “niemand die zo heet”")).toBeVisible();
  await book.getByRole("button", { name: "Bcc", exact: true }).click();
  await expect(sheet(page).getByRole("combobox", { name: "Bcc" })).toBeVisible();
  await sheet(page).getByRole("button", { name: "Verzenden", exact: true }).click();
  await expect(sent(page)).toBeVisible();
  await expect.poll(() => smtp.for(stil).length, undo).toBe(1);
  const [taken] = smtp.for(jan);
  expect(taken?.to.sort()).toEqual([jan, piet, stil].sort());
  const letter = parsed(taken?.raw ?? Buffer.alloc(0));
  expect(letter.to).toContain(`Jan Bakker <${jan}>`);
  expect(letter.to).toContain(piet);
  expect(taken?.raw.toString()).not.toContain(stil);
});

test("[INB-08, CON-03] a letter that comes back is told at the letter and at the address, until one arrives", async ({ page, dovecot, smtp }) => {
  // Letters wait for their ten seconds more than once.
  test.slow();
  const mailbox = dovecot.mailbox(unique("alice"));
  const jan = `${unique("jan")}@bakkerij.example`;
  await connected(page, dovecot, mailbox);
  const card = await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker", "E-mail": jan });
  await sendsThrough(page, smtp);
  const write = async (words: string) => {
    await inbox(page);
    await page.keyboard.press("m");
    await to(page).fill(`${jan};`);
    await subject(page).fill(words);
    await sheet(page).getByRole("button", { name: "Verzenden", exact: true }).click();
    await expect(sent(page)).toBeVisible();
  };
  await write("Zegels");
  await expect.poll(() => smtp.for(jan).length, undo).toBe(1);
  const letter = parsed(smtp.for(jan)[0]?.raw ?? Buffer.alloc(0));
  const id = letter.headers.find(([name]) => name.toLowerCase() === "message-id")?.[1] ?? "";
  const report = (id: string) =>
    `From: Mail Delivery System <mailer-daemon@localhost>\r\nTo: ${mailbox.address}\r\nSubject: Undelivered\r\nDate: ${new Date().toUTCString()}\r\nMessage-ID: <${unique("terug")}@test.example>\r\n` +
    "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n" +
    "--b\r\nContent-Type: text/plain\r\n\r\nHelaas.\r\n" +
    `--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.firma.example\r\n\r\nFinal-Recipient: rfc822; ${jan}\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 User unknown\r\n\r\n` +
    `--b\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: ${mailbox.address}\r\nMessage-ID: ${id}\r\n\r\n--b--\r\n`;
  await page.goto("/inbox/sent");
  await ready(page);
  await page.getByText("Zegels").first().click();
  await expect(page.getByText("Zegels").first()).toBeVisible();
  // It arrives while the letter stands open.
  dovecot.deliver(mailbox, report(id));
  await expect(page.getByText("Verzonden, maar niet overal aangekomen.")).toBeVisible(undo);
  await expect(page.locator(".dispatch")).toContainText(`Niet bezorgd bij ${jan}. Dit adres bestaat niet (meer).`);
  await expect(page.locator(".dispatch")).toContainText("550 User unknown");

  await page.goto(`/contacts/${card}/details`);
  await ready(page);
  await expect(page.getByText("Een bericht kwam terug (vandaag). Dit adres bestaat niet (meer).")).toBeVisible();
  await page.getByRole("button", { name: "Waarschuwing weghalen" }).click();
  await expect(page.getByText("Een bericht kwam terug")).toHaveCount(0);
  await page.getByRole("button", { name: "Ongedaan maken" }).last().click();
  await expect(page.getByText("Een bericht kwam terug")).toBeVisible();
  await write("Nog een keer");
  await expect.poll(() => smtp.for(jan).length, undo).toBe(2);
  await page.goto("/inbox/sent");
  await expect(page.getByText("Nog een keer").first()).toBeVisible();
  await page.goto(`/contacts/${card}/details`);
  await ready(page);
  await expect(page.getByRole("link", { name: jan, exact: true })).toBeVisible();
  await expect(page.getByText("Een bericht kwam terug")).toHaveCount(0);
});

test("[INB-01] an invitation is accepted and declined on its card, and the organizer's calendar hears it", { tag: "@tablet" }, async ({ page, dovecot, smtp }) => {
  // Letters wait for their ten seconds more than once.
  test.slow();
  const mailbox = dovecot.mailbox(unique("alice"));
  const jan = `${unique("jan")}@bakkerij.example`;
  const uid = unique("kraan");
  const invitation = (method: string, sequence: number, subject: string, start = "20301203T080000Z") =>
    `From: Jan <${jan}>\r\nTo: ${mailbox.address}\r\nSubject: ${subject}\r\nDate: ${new Date().toUTCString()}\r\nMessage-ID: <${uid}.${method}.${sequence}@bakkerij.example>\r\nMIME-Version: 1.0\r\n` +
    `Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nKom je?\r\n--b\r\nContent-Type: text/calendar; charset=utf-8; method=${method}\r\n\r\n` +
    `BEGIN:VCALENDAR\r\nMETHOD:${method}\r\nBEGIN:VEVENT\r\nUID:${uid}\r\nSEQUENCE:${sequence}\r\nDTSTAMP:20261101T080000Z\r\nSUMMARY:Overleg over de kraan\r\n` +
    `ORGANIZER;CN="Jan, de bakker":MAILTO:${jan}?bcc=mallory@x.example\r\nATTENDEE;RSVP=TRUE;CN=Piet:mailto:piet@molen.example\r\nATTENDEE;RSVP=TRUE:mailto:${mailbox.address}\r\n` +
    `DTSTART:${start}\r\nDTEND:20301203T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n--b--\r\n`;
  dovecot.deliver(mailbox, invitation("REQUEST", 1, "Kom je ook"));
  const alice = await connected(page, dovecot, mailbox);
  await sendsThrough(page, smtp);
  await inbox(page);
  await page.getByText("Kom je ook").first().click();
  const meeting = page.locator(".meeting");
  await meeting.getByRole("button", { name: "Weigeren" }).click();
  await expect(meeting.getByText("U hebt geweigerd.")).toBeVisible();
  await page.getByRole("button", { name: "Ongedaan maken" }).last().click();
  await expect(meeting.getByRole("button", { name: "Accepteren" })).toBeVisible();
  await meeting.getByRole("button", { name: "Accepteren" }).click();
  await expect(meeting.getByText("U hebt geaccepteerd.")).toBeVisible();
  await expect.poll(() => smtp.for(jan).length, undo).toBe(1);
  const [taken] = smtp.for(jan);
  expect([taken?.from, taken?.to]).toEqual([mailbox.address, [jan]]);
  const letter = parsed(taken?.raw ?? Buffer.alloc(0));
  expect(letter.defects).toEqual([]);
  expect(letter.subject).toBe("Geaccepteerd: Overleg over de kraan");
  expect(letter.answers).toBe(`<${uid}.REQUEST.1@bakkerij.example>`);
  expect(letter.text).toContain(`${alice.firstName} ${alice.lastName} heeft deze uitnodiging geaccepteerd.`);
  expect(letter.text).toContain("dinsdag 3 december 2030, 09:00 – 10:00");
  expect(letter.parts.map(({ type }) => type)).toEqual(["text/plain", "text/html", "text/calendar"]);
  expect(taken?.raw.toString()).toMatch(/Content-Type: text\/calendar; method=REPLY; charset=utf-8/i);
  const calendar = (letter.parts.at(-1)?.content ?? "").replaceAll("\r\n", "\n").replaceAll("\n ", "").trim().split("\n");
  expect(calendar.filter((line) => !line.startsWith("DTSTAMP:") && !line.startsWith("PRODID:"))).toEqual([
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "METHOD:REPLY",
    "BEGIN:VEVENT",
    `UID:${uid}`,
    "SEQUENCE:1",
    `ORGANIZER;CN="Jan, de bakker":MAILTO:${jan}?bcc=mallory@x.example`,
    `ATTENDEE;PARTSTAT=ACCEPTED;CN="${alice.firstName} ${alice.lastName}":mailto:${mailbox.address}`,
    "DTSTART:20301203T080000Z",
    "DTEND:20301203T090000Z",
    "SUMMARY:Overleg over de kraan",
    "END:VEVENT",
    "END:VCALENDAR",
  ]);
  await page.goto("/inbox/sent");
  await expect(page.getByText("Geaccepteerd: Overleg over de kraan").first()).toBeVisible();

  // The card remembers, and lets one think again.
  await inbox(page);
  await page.getByText("Kom je ook").first().click();
  await expect(meeting.getByText("U hebt geaccepteerd.")).toBeVisible();
  await meeting.getByRole("button", { name: "Antwoord wijzigen" }).click();
  await meeting.getByRole("button", { name: "Misschien" }).click();
  await expect(meeting.getByText("U hebt gezegd dat u misschien komt.")).toBeVisible();
  await expect.poll(() => smtp.for(jan).length, undo).toBe(2);
  expect(parsed(smtp.for(jan)[1]?.raw ?? Buffer.alloc(0)).subject).toBe("Misschien: Overleg over de kraan");

  // What is called off, or over, offers nothing.
  dovecot.deliver(mailbox, invitation("CANCEL", 1, "Gaat niet door"));
  dovecot.deliver(mailbox, invitation("REQUEST", 0, "Lang geleden", "20200101T080000Z").replace("DTEND:20301203T090000Z", "DTEND:20200101T090000Z").replaceAll(uid, `${uid}oud`));
  await inbox(page);
  await page.getByText("Gaat niet door").first().click();
  await expect(meeting.getByText("Afgezegd")).toBeVisible();
  await expect(meeting.getByRole("button")).toHaveCount(0);
  await inbox(page);
  await page.getByText("Lang geleden").first().click();
  await expect(meeting.getByText("Deze afspraak is voorbij.")).toBeVisible();
  await expect(meeting.getByRole("button")).toHaveCount(0);
  await inbox(page);
  await page.getByText("Kom je ook").first().click();
  await expect(meeting.getByText("De organisator heeft deze afspraak afgezegd.")).toBeVisible();
  await expect(meeting.getByRole("button")).toHaveCount(0);
});

/** A picture of 480 by 96. */
const logo = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAeAAAABgAQAAAADtaJxUAAAAHUlEQVR42u3BAQ0AAADCoPdPbQ43oAAAAAAA4M8AFuAAAZmViIMAAAAASUVORK5CYII=", "base64");

test("[TPL-14, USR-04] a logo is chosen, shown, sent along with a letter, replaced and removed", async ({ page, dovecot, smtp }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  const jan = `${unique("jan")}@bakkerij.example`;
  const alice = await connected(page, dovecot, mailbox);
  await sendsThrough(page, smtp);
  await page.goto("/settings/company");
  await ready(page);
  const card = page.getByRole("region", { name: "Logo" });
  const picture = card.getByRole("img", { name: `Het logo van ${alice.company}` });
  const choose = (name: string, buffer: Buffer) => card.locator("input[type=file]").setInputFiles({ name, mimeType: "image/png", buffer });
  await expect(card.getByText("Logo kiezen", { exact: true })).toBeVisible();
  await choose("logo.png", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'));
  await expect(card.getByRole("alert")).toHaveText(/Een SVG kan programmacode bevatten/);
  await choose("logo.png", Buffer.from("%PDF-1.4"));
  await expect(card.getByRole("alert")).toHaveText(/Kies een PNG, JPEG, GIF of WebP/);
  await expect(picture).toHaveCount(0);
  await choose("logo.png", logo);
  await expect(page.getByText("Logo opgeslagen").first()).toBeVisible();
  await expect(card.getByRole("alert")).toHaveText("");
  await page.reload();
  await ready(page);
  await expect(picture).toHaveAttribute("width", "240");
  await expect(picture).toHaveJSProperty("naturalWidth", 480);

  await inbox(page);
  await page.keyboard.press("m");
  await expect(text(page).locator("img[src^='data:image/png;base64,']")).toHaveCount(1);
  await to(page).fill(jan);
  await subject(page).fill("Met logo");
  await sheet(page).getByRole("button", { name: "Verzenden", exact: true }).click();
  await expect(sent(page)).toBeVisible();
  await expect.poll(() => smtp.for(jan).length, undo).toBe(1);
  const letter = parsed(smtp.for(jan)[0]?.raw ?? Buffer.alloc(0));
  const part = letter.parts.find(({ type }) => type === "image/png");
  expect([part?.disposition, part?.size]).toEqual(["inline", logo.length]);
  expect(letter.html).toContain(`src="cid:${part?.cid?.slice(1, -1)}"`);

  await page.goto("/settings/company");
  await ready(page);
  await card.getByRole("button", { name: "Verwijderen" }).click();
  await expect(picture).toHaveCount(0);
  await page.getByRole("button", { name: "Ongedaan maken" }).click();
  await expect(picture).toBeVisible();
  await card.getByRole("button", { name: "Verwijderen" }).click();
  await expect(page.getByText("Logo verwijderd").first()).toBeVisible();
  await inbox(page);
  await page.keyboard.press("m");
  await expect(text(page)).toContainText(alice.firstName);
  await expect(text(page).locator("img")).toHaveCount(0);
});

test("[CMP-01, CMP-03, CMP-20] a letter moves into a window of its own, and back when it is taken back", async ({ page, dovecot, smtp }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  const jan = `${unique("jan")}@bakkerij.example`;
  await connected(page, dovecot, mailbox);
  await sendsThrough(page, smtp);
  await inbox(page);
  await page.keyboard.press("m");
  await to(page).fill(jan);
  await subject(page).fill("Apart geschreven");
  const opens = page.waitForEvent("popup");
  await sheet(page).getByRole("button", { name: "In een eigen venster" }).click();
  const apart = await opens;
  await apart.waitForURL(/\/compose\/[0-9a-f-]+$/);
  await ready(apart);
  await expect(sheet(page)).toHaveCount(0);
  await expect(subject(apart)).toHaveValue("Apart geschreven");
  await expect(sheet(apart).locator(".chip").filter({ hasText: jan })).toBeVisible();
  await text(apart).focus();
  await apart.keyboard.press("Control+Home");
  await apart.keyboard.type("Op zijn gemak. ");
  await expect(sheet(apart).getByText("Bewaard", { exact: true })).toBeVisible();
  await apart.reload();
  await ready(apart);
  await expect(text(apart)).toContainText("Op zijn gemak.");
  const closes = apart.waitForEvent("close");
  await sheet(apart).getByRole("button", { name: "Verzenden", exact: true }).click();
  await closes;
  // The window is gone, and the one that stays takes the letter back.
  await expect(sent(page)).toBeVisible();
  await page.getByRole("button", { name: "Ongedaan maken" }).click();
  await expect(subject(page)).toHaveValue("Apart geschreven");
  expect(smtp.for(jan)).toHaveLength(0);

  // A window that nobody opened by a program stays, and says what became of the letter.
  const place = new URL(apart.url()).pathname;
  await sheet(page).getByRole("button", { name: "Bewaren en sluiten" }).click();
  await expect(sheet(page)).toHaveCount(0);
  await page.goto(place);
  await ready(page);
  await expect(subject(page)).toHaveValue("Apart geschreven");
  await sheet(page).getByRole("button", { name: "Verzenden", exact: true }).click();
  await expect(sheet(page)).toHaveCount(0);
  await expect(page.getByRole("main").getByText("Bericht wordt verzonden")).toBeVisible();
  await expect(page.getByRole("link", { name: "Naar de inbox" })).toBeVisible();
  await expect.poll(() => smtp.for(jan).length, undo).toBe(1);
});
