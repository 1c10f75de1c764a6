import { connected, expect, fillAddress, fillWizard, mail, ready, register, saveAccount, test, unique } from "../fixtures/index.ts";

test("[EML-02, EML-18] until a mailbox is connected, dashboard and inbox lead to the wizard", { tag: "@tablet" }, async ({ page }) => {
  await register(page);
  await page.getByRole("link", { name: "Verbinden" }).first().click();
  await expect(page.getByRole("heading", { name: "E-mail verbinden" })).toBeVisible();
  await page.goto("/inbox");
  await expect(page.getByText("E-mail verbinden").first()).toBeVisible();
});

test(
  "[EML-03, EML-04, EML-05, EML-10, EML-13, EML-14, EML-15, EML-23] kind, address, password, test, green check, save, and the mail comes in",
  { tag: "@tablet" },
  async ({ page, dovecot }) => {
    const mailbox = dovecot.mailbox(unique("alice"));
    dovecot.deliver(mailbox, mail({ from: "Jan Bakker <jan@bakkerij.example>", to: mailbox.address, subject: "Leverdatum warmtepompen", text: "Morgen." }));
    await register(page);
    await fillWizard(page, { ...mailbox, host: "localhost", port: dovecot.tlsPort });
    await saveAccount(page);
    await expect(page.getByText("Leverdatum warmtepompen").first()).toBeVisible();
  },
);

test("[EML-10, EML-12] plain text that turns to TLS works too", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  await register(page);
  await fillWizard(page, { ...mailbox, host: "localhost", port: dovecot.port, security: "STARTTLS" });
  await page.getByRole("button", { name: "Test account" }).click();
  await expect(page.getByText("Succesvolle verbinding!")).toBeVisible();
});

test("[EML-16, EML-17] a wrong password is told as such; mended, the same form connects", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  await register(page);
  await fillWizard(page, { ...mailbox, password: "Helemaal-mis1", host: "localhost", port: dovecot.tlsPort });
  await page.getByRole("button", { name: "Test account" }).click();
  await expect(page.getByText("De gebruikersnaam of het wachtwoord klopt niet.").first()).toBeVisible();
  await expect(page.getByLabel("Server voor inkomende mail")).toHaveValue("localhost");
  await page.getByLabel("Wachtwoord", { exact: true }).fill(mailbox.password);
  await saveAccount(page);
});

for (const { name, host, port, told } of [
  { name: "a closed port", host: "localhost", port: "closed", told: "De server is er wel" },
  { name: "a host that does not exist", host: "imap.bestaat-niet.invalid", port: "tls", told: "De server imap.bestaat-niet.invalid bestaat niet." },
  { name: "a certificate for another name", host: "127.0.0.2", port: "tls", told: "Het certificaat van de server staat op een andere naam" },
]) {
  test(`[EML-17] ${name} is told apart`, async ({ page, dovecot }) => {
    const mailbox = dovecot.mailbox(unique("alice"));
    await register(page);
    await fillWizard(page, { ...mailbox, host, port: { closed: 1, tls: dovecot.tlsPort }[port] ?? 0 });
    await page.getByRole("button", { name: "Test account" }).click();
    await expect(page.getByText(told).first()).toBeVisible({ timeout: 30_000 });
  });
}

test("[EML-10, EML-12] TLS chosen for a port that begins in plain text: the test finds what works, and that is what is saved", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  dovecot.deliver(mailbox, mail({ from: "Jan <jan@bakkerij.example>", to: mailbox.address, subject: "Toch aangekomen", text: "Dag." }));
  await register(page);
  await fillWizard(page, { ...mailbox, host: "localhost", port: dovecot.port });
  await saveAccount(page);
  await expect(page.getByText("Toch aangekomen").first()).toBeVisible();
});

test("[EML-19, EML-22] settings that do not work may be saved; the account is listed with its mark and the wizard stays", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  await register(page);
  await fillWizard(page, { ...mailbox, password: "Helemaal-mis1", host: "localhost", port: dovecot.tlsPort });
  await page.getByRole("button", { name: "Test account" }).click();
  await page.getByRole("button", { name: "Toch opslaan" }).click();
  await expect(page.getByText("Account opgeslagen zonder verbinding.").or(page.getByText(mailbox.address)).first()).toBeVisible();
  await page.goto("/settings/mail");
  await expect(page.getByText(mailbox.address).first()).toBeVisible();
  await expect(page.getByText("De gebruikersnaam of het wachtwoord klopt niet.").first()).toBeVisible();
  await page.goto("/inbox");
  await expect(page.getByText("E-mail verbinden").first()).toBeVisible();
});

test("[EML-11] for an Apple address an app-specific password is asked before anything fails", async ({ page }) => {
  await register(page);
  await page.goto("/connect");
  await ready(page);
  await fillAddress(page, "sanne@icloud.com");
  await expect(page.getByText("Apple vraagt een app-specifiek wachtwoord").first()).toBeVisible();
  await expect(page.getByRole("link", { name: "App-specifiek wachtwoord maken bij Apple" })).toBeVisible();
});

test("[EML-26] the password of a mailbox stands in no file", async ({ page, dovecot, spindle }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  await connected(page, dovecot, mailbox);
  expect(spindle.planted([mailbox.password])).toEqual([]);
});
