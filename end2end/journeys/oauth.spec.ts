import type { Page } from "@playwright/test";
import { Dovecot } from "../fixtures/dovecot.ts";
import { expect, fillAddress, mail, OAuth, ready, register, Smtp, test as base, unique } from "../fixtures/index.ts";
import { Spindle } from "../fixtures/spindle.ts";

// A provider, and servers for mail in and out that ask it about every token; nothing of it is pretended in the product.
const test = base.extend<object, { oauth: OAuth; smtp: Smtp }>({
  oauth: [
    async ({}, use) => {
      const oauth = await OAuth.start();
      await use(oauth);
      await oauth.stop();
    },
    { scope: "worker" },
  ],
  dovecot: [
    async ({ oauth }, use) => {
      const dovecot = await Dovecot.start(undefined, undefined, oauth.introspection);
      await oauth.open(dovecot);
      await use(dovecot);
      await dovecot.stop();
    },
    { scope: "worker" },
  ],
  smtp: [
    async ({ dovecot, oauth }, use) => {
      const smtp = await Smtp.start(dovecot, oauth);
      await use(smtp);
      await smtp.stop();
    },
    { scope: "worker" },
  ],
  spindle: [
    async ({ dovecot, oauth }, use) => {
      const many = { SPINDLE_REGISTRATIONS_PER_CLIENT: "1000", SPINDLE_LOGINS_PER_CLIENT: "1000" };
      const spindle = await Spindle.start({ SPINDLE_EXTRA_CA: dovecot.ca, ...oauth.settings, ...many });
      oauth.register(`${spindle.address}/oauth/callback`);
      await use(spindle);
      await spindle.stop();
    },
    { scope: "worker" },
  ],
});
// The provider's certificate is of an authority of our own.
test.use({ ignoreHTTPSErrors: true });

/** The wizard up to the provider's page. The test's servers are in nobody's list, so they are typed: they are there again afterwards. */
async function toProvider(page: Page, address: string, kind: "Office 365" | "Outlook" | "Gmail / Google", port: number): Promise<void> {
  await page.goto("/connect");
  await ready(page);
  await fillAddress(page, address, kind);
  await expect(page.getByLabel("Wachtwoord", { exact: true })).toHaveCount(0);
  await page.getByText("Toon serverinstellingen").click();
  await page.getByLabel("Server voor inkomende mail").fill("localhost");
  await page.getByLabel("Poort").fill(String(port));
  await page.getByRole("link", { name: kind === "Gmail / Google" ? "Aanmelden bij Google" : "Aanmelden bij Microsoft" }).click();
}

/** On the provider's page. */
async function decide(page: Page, answer: "Toestaan" | "Weigeren", who?: string): Promise<void> {
  await expect(page.getByRole("heading", { name: "Aanmelden bij de provider" })).toBeVisible();
  if (who) await page.getByLabel("Account").fill(who);
  await page.getByRole("button", { name: answer }).click();
}

async function saved(page: Page): Promise<void> {
  await expect(page.getByText("Succesvolle verbinding!")).toBeVisible({ timeout: 20_000 });
  await page.getByRole("button", { name: "Opslaan", exact: true }).click();
  await expect(page).toHaveURL(/\/inbox/);
}

test(
  "[EML-05, EML-06, EML-07, EML-08, EML-22, EML-24, EML-26] one signs in at the provider, mail comes and goes, tokens are renewed, and what was taken back is signed in to anew",
  async ({ page, dovecot, smtp, oauth, spindle }) => {
    test.setTimeout(150_000);
    const mailbox = dovecot.mailbox(unique("alice"));
    const jan = `${unique("jan")}@bakkerij.example`;
    const arrives = async (subject: string) => {
      dovecot.deliver(mailbox, mail({ from: `Jan Bakker <${jan}>`, to: mailbox.address, subject, text: "Dag." }));
      await expect(page.getByText(subject).first()).toBeVisible({ timeout: 40_000 });
    };
    dovecot.deliver(mailbox, mail({ from: `Jan Bakker <${jan}>`, to: mailbox.address, subject: "Leverdatum warmtepompen", text: "Morgen." }));
    await register(page);

    await toProvider(page, mailbox.address, "Office 365", dovecot.tlsPort);
    await decide(page, "Toestaan");
    await expect(page.getByText(`U bent aangemeld bij Microsoft als ${mailbox.address}.`)).toBeVisible();
    await saved(page);
    await expect(page.getByText("Leverdatum warmtepompen").first()).toBeVisible();

    // Out by the same word.
    await page.goto("/settings/mail");
    await ready(page);
    await page.getByRole("link", { name: /aanpassen/i }).first().click();
    await expect(page.getByText("Deze mailbox gaat open met uw aanmelding bij Microsoft.")).toBeVisible();
    const sending = page.getByRole("form", { name: "Uitgaande server" });
    await sending.getByLabel("Server voor").fill("localhost");
    await sending.getByLabel("Versleuteling").selectOption({ label: "STARTTLS" });
    await sending.getByLabel("Poort").fill(String(smtp.port));
    await sending.getByRole("button", { name: "Testen en opslaan" }).click();
    await expect(page.getByText("De uitgaande server werkt en is opgeslagen.").first()).toBeVisible();
    await page.goto("/inbox");
    await ready(page);
    const sheet = page.locator(".compose:not([data-folded])");
    await page.getByRole("button", { name: "Nieuw bericht" }).first().click();
    await sheet.getByRole("combobox", { name: "Aan" }).fill(`${jan};`);
    await sheet.getByLabel("Onderwerp").fill("Akkoord");
    await sheet.getByRole("button", { name: "Verzenden", exact: true }).click();
    await expect.poll(() => smtp.for(jan).length, { timeout: 30_000 }).toBe(1);

    // The token ends before its time: the server refuses it, it is renewed, and nobody notices.
    expect(oauth.renewed.get(mailbox.address)).toBeUndefined();
    oauth.expire(mailbox.address);
    dovecot.kick(mailbox);
    await arrives("Na het vernieuwen");
    expect(oauth.renewed.get(mailbox.address)).toBe(1);

    // A bad day of the provider is no alarm.
    oauth.trouble = { status: 503 };
    oauth.expire(mailbox.address);
    dovecot.kick(mailbox);
    await page.goto("/settings/mail");
    await expect(page.getByText(mailbox.address).first()).toBeVisible();
    await expect(page.getByRole("link", { name: "Opnieuw aanmelden" })).toHaveCount(0);
    oauth.trouble = undefined;
    await page.goto("/inbox");
    await arrives("Na de storing");

    // Taken back at the provider: it is told, and one signs in anew.
    oauth.revoke(mailbox.address);
    dovecot.kick(mailbox);
    await page.goto("/settings/mail");
    await expect(page.getByText("De aanmelding bij Microsoft is verlopen of daar ingetrokken.").first()).toBeVisible({ timeout: 40_000 });
    await page.getByRole("link", { name: "Opnieuw aanmelden" }).click();
    await decide(page, "Toestaan", "iemand.anders@test.example");
    await expect(page.getByText("U meldde zich aan als iemand.anders@test.example", { exact: false })).toBeVisible();
    await page.getByRole("link", { name: "Opnieuw aanmelden" }).click();
    await decide(page, "Toestaan");
    await expect(page).toHaveURL(/\/settings\/mail$/);
    await expect(page.getByRole("link", { name: "Opnieuw aanmelden" })).toHaveCount(0);
    await page.goto("/inbox");
    await arrives("Weer verbonden");

    expect(oauth.secrets.length).toBeGreaterThan(5);
    expect(spindle.planted(oauth.secrets)).toEqual([]);
    expect(spindle.panics).toEqual([]);
  },
);

test("[EML-08, EML-17] what the provider refuses is explained, and the same wizard goes on when it no longer does", async ({ page, dovecot, oauth }) => {
  test.setTimeout(90_000);
  const mailbox = dovecot.mailbox(unique("alice"));
  await register(page);
  await toProvider(page, mailbox.address, "Gmail / Google", dovecot.tlsPort);
  await decide(page, "Weigeren");
  await expect(page.getByText("U hebt bij Google geen toestemming gegeven")).toBeVisible();
  const again = page.getByRole("link", { name: "Aanmelden bij Google" });
  await expect(page.getByLabel("E-mailadres")).toHaveValue(mailbox.address);

  oauth.refusal = { error: "consent_required", description: "AADSTS90094: admin" };
  await again.click();
  await expect(page.getByText("De beheerder van uw organisatie moet Spindle eerst toestaan")).toBeVisible();

  for (const { trouble, told } of [
    { trouble: { status: 500 }, told: "Google geeft even geen antwoord." },
    { trouble: { status: 400, error: "invalid_grant" }, told: "De toestemming van Google was al gebruikt of te oud." },
    { trouble: { status: 401, error: "invalid_client" }, told: "Google herkent Spindle niet." },
  ]) {
    oauth.trouble = trouble;
    await again.click();
    await decide(page, "Toestaan");
    await expect(page.getByText(told)).toBeVisible();
  }
  oauth.trouble = undefined;

  // The same way back a second time leads nowhere.
  let back = "";
  page.on("request", (request) => {
    if (request.url().includes("/oauth/callback?")) back = request.url();
  });
  await again.click();
  await decide(page, "Toestaan");
  await expect(page.getByText("U bent aangemeld bij Google")).toBeVisible();
  await page.goto(back);
  await expect(page.getByText("Het aanmelden is niet afgemaakt")).toBeVisible();

  await toProvider(page, mailbox.address, "Gmail / Google", dovecot.tlsPort);
  await decide(page, "Toestaan");
  await saved(page);
});

test("[EML-07, EML-17] signed in as somebody else: it is told, and the mail server's refusal leads back to the provider", async ({ page, dovecot }) => {
  test.setTimeout(90_000);
  const mailbox = dovecot.mailbox(unique("alice"));
  await register(page);
  await toProvider(page, mailbox.address, "Outlook", dovecot.tlsPort);
  await decide(page, "Toestaan", "iemand.anders@test.example");
  await expect(page.getByText("Dat is een andere naam dan het adres van deze mailbox.", { exact: false })).toBeVisible();
  await expect(page.getByText("laat deze aanmelding niet toe").first()).toBeVisible({ timeout: 20_000 });
  await page.getByRole("listitem").getByRole("link", { name: "Aanmelden bij Microsoft" }).click();
  await decide(page, "Toestaan", mailbox.address);
  await saved(page);
});

test("[EML-06] whoever prefers it gives a password, also where one can sign in", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  await register(page);
  await page.goto("/connect");
  await ready(page);
  await fillAddress(page, mailbox.address, "Office 365");
  await page.getByRole("button", { name: "Liever met een wachtwoord" }).click();
  await page.getByLabel("Wachtwoord", { exact: true }).fill(mailbox.password);
  await page.getByText("Toon serverinstellingen").click();
  await page.getByLabel("Server voor inkomende mail").fill("localhost");
  await page.getByLabel("Poort").fill(String(dovecot.tlsPort));
  await page.getByRole("button", { name: "Test account" }).click();
  await saved(page);
});

test("[EML-17] a way back that never began is told, with a page that works before the program", { tag: "@nojs" }, async ({ page }) => {
  await register(page);
  await page.goto("/oauth/callback?code=x&state=y");
  await expect(page).toHaveURL(/\/connect\?sign_in=lost$/);
  await expect(page.getByText("Het aanmelden is niet afgemaakt")).toBeVisible();
  await page.goto("/oauth/begin?issuer=microsoft&address=geen-adres");
  await expect(page.getByText("Het aanmelden is niet afgemaakt")).toBeVisible();
});

base("[EML-07, EML-08] where the operator registered nothing, the wizard asks for an app password as before", async ({ page }) => {
  await register(page);
  await page.goto("/connect");
  await ready(page);
  await fillAddress(page, "sanne@firma.example", "Gmail / Google");
  await expect(page.getByText("Google vraagt een app-wachtwoord").first()).toBeVisible();
  await expect(page.getByLabel("Wachtwoord", { exact: true })).toBeVisible();
  await expect(page.getByRole("link", { name: "Aanmelden bij Google" })).toHaveCount(0);
});
