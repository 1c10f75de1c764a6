import { connected, expect, mail, ready, test, unique } from "../fixtures/index.ts";

test("[SYN-10] a new message stands in an open inbox within a second of its delivery, without reload", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  const from = "Jan Bakker <jan@bakkerij.example>";
  dovecot.deliver(mailbox, mail({ from, to: mailbox.address, subject: "Eerste bericht", text: "Dag." }));
  await connected(page, dovecot, mailbox);
  await ready(page);
  await expect(page.getByText("Eerste bericht").first()).toBeVisible();
  // A page that is loaded anew forgets this.
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));

  await expect(page.getByText("Alles is bijgewerkt").or(page.getByText("Bijgewerkt")).first()).toBeAttached();
  const start = Date.now();
  dovecot.deliver(mailbox, mail({ from, to: mailbox.address, subject: "Vers van de pers", text: "Nieuw." }));
  await expect(page.getByText("Vers van de pers").first()).toBeVisible();
  // Dovecot tells of new mail within half a second; the rest is ours.
  expect(Date.now() - start).toBeLessThan(2_500);
  expect(await page.evaluate(() => "sameDocument" in window)).toBe(true);
});

test("[SYN-09, SYN-10] what is read or removed elsewhere is so here; what is read here is so there, and nothing else", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  dovecot.deliver(mailbox, mail({ from: "Jan <jan@bakkerij.example>", to: mailbox.address, subject: "Eerste brief", text: "Dag." }));
  dovecot.deliver(mailbox, mail({ from: "Jan <jan@bakkerij.example>", to: mailbox.address, subject: "Tweede brief", text: "Dag." }));
  await connected(page, dovecot, mailbox);
  const unread = page.getByRole("link", { name: /^Postvak IN/ }).filter({ hasText: /\d/ });
  await expect(unread).toContainText("2");
  await page.getByText("Eerste brief", { exact: true }).first().click();
  await expect(unread).toContainText("1");
  await expect.poll(() => dovecot.flags(mailbox).sort()).toEqual(["", "S"]);
  dovecot.readAll(mailbox);
  await expect(unread).toHaveCount(0);
  dovecot.removeAll(mailbox);
  await expect(page.getByText("Tweede brief")).toHaveCount(0);
});
