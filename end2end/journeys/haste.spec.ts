import { addContact, connected, expect, mail, test, unique } from "../fixtures/index.ts";

/** At once, as from a room full of people who all press a link and then another. */
const AT_ONCE = 40;
const LOADS = 1_600;

test("pages that are asked for by many, and left before they are drawn, break nothing in the server", async ({ page, spindle, dovecot }) => {
  test.setTimeout(120_000);
  const mailbox = dovecot.mailbox(unique("alice"));
  for (let at = 0; at < 30; at++) dovecot.deliver(mailbox, mail({ from: "Jan <jan@bakkerij.example>", to: mailbox.address, subject: `Bericht ${at}`, text: "Dag." }));
  await connected(page, dovecot, mailbox);
  await expect(page.locator(".message-row").first()).toBeVisible();
  const message = await page.locator(".message-row").first().getAttribute("href");
  const contact = await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker", "E-mail": "jan@bakkerij.example" });
  const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  const places = ["/", "/inbox", message ?? "", "/inbox/finished?show=unread", "/contacts", `/contacts/${contact}`, "/settings/mail", "/settings/crm", "/settings/mail/new", "/contacts/new", "/login", "/nergens"];
  let next = 0;
  let drawn = 0;
  const load = async () => {
    while (next < LOADS) {
      const number = next++;
      // One of three is left after so many milliseconds, drawn or not.
      const signal = number % 3 === 0 ? AbortSignal.timeout(1 + (number % 97) * 5) : undefined;
      const place = places[number % places.length] ?? "/";
      try {
        const answer = await fetch(spindle.address + place, { headers: { cookie }, signal });
        const html = await answer.text();
        if (html.includes("</html>")) drawn++;
      } catch (error) {
        if (!(error instanceof DOMException)) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, load));
  expect(drawn).toBeGreaterThanOrEqual(LOADS / 2);
  // The server still answers, and nothing broke meanwhile.
  await page.goto("/inbox");
  await expect(page.locator(".message-row").first()).toBeVisible();
  expect(spindle.panics).toEqual([]);
});
