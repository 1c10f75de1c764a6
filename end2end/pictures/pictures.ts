// make pictures: the screens as they are, in docs/pictures, for a person to look at.
// NAME.png is 1440 x 900 in light; -dark, -tablet (820 x 1180, touch) and -tablet-dark beside it.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium as browsers, expect, type Page } from "@playwright/test";
import { chromium, desktop, tablet } from "../chromium.ts";
import { Dovecot } from "../fixtures/dovecot.ts";
import { fillOffice } from "../fixtures/office.ts";
import { Spindle } from "../fixtures/spindle.ts";
import { contactId, fillAddress, fillRegistration, fillWizard, ready, register, saveAccount, type Person } from "../fixtures/steps.ts";

const folder = join(import.meta.dirname, "..", "..", "docs", "pictures");
mkdirSync(folder, { recursive: true });

const sanne = (suffix: string): Person => ({
  firstName: "Sanne",
  lastName: "de Wit",
  company: "Dijkgraaf Installatietechniek",
  email: `sanne${suffix}@dijkgraaf.example`,
  password: "Warmtepomp1",
});

const dovecot = await Dovecot.start();
const spindle = await Spindle.start({ SPINDLE_EXTRA_CA: dovecot.ca, SPINDLE_REGISTRATIONS_PER_CLIENT: "1000", SPINDLE_LOGINS_PER_CLIENT: "1000" });
const browser = await browsers.launch({ ...chromium, headless: true });
let failed = 0;
try {
  let count = 0;
  for (const [screen, size] of [["", desktop], ["-tablet", tablet]] as const) {
    for (const [shade, colorScheme] of [["", "light"], ["-dark", "dark"]] as const) {
      const suffix = `${screen}${shade}`;
      const context = await browser.newContext({ ...size, colorScheme, locale: "nl-NL", timezoneId: "Europe/Amsterdam", baseURL: spindle.address, reducedMotion: "reduce" });
      context.setDefaultTimeout(15_000);
      const page = await context.newPage();
      const keep = async (name: string) => {
        await page.evaluate(() => document.fonts.ready);
        await page.screenshot({ path: join(folder, `${name}${suffix}.png`), animations: "disabled", caret: "hide" });
        console.log(`${name}${suffix}.png`);
      };
      /** One screen that does not come out should not cost the others. */
      const screenOf = async (name: string, walk: (page: Page) => Promise<void>) => {
        try {
          await walk(page);
          await keep(name);
        } catch (error) {
          failed += 1;
          console.error(`${name}${suffix}: ${String(error).split("\n")[0]}`);
          await keep(name).catch(() => undefined);
        }
      };
      const who = sanne(String(++count));
      const mailbox = dovecot.mailbox(`sanne${count}`);
      fillOffice(dovecot, mailbox);

      await screenOf("register", async () => {
        await page.goto("/register");
        await ready(page);
        await fillRegistration(page, { ...who, password: "Warmtepomp" });
        await page.getByLabel("Wachtwoord", { exact: true }).blur();
      });
      await screenOf("login", async () => {
        await page.goto("/login");
        await ready(page);
      });
      await screenOf("home-empty", async () => {
        await register(page, who);
      });
      await screenOf("contacts-empty", async () => {
        await page.goto("/contacts");
        await ready(page);
      });
      await screenOf("inbox-wizard", async () => {
        await page.goto("/inbox");
        await ready(page);
      });
      await screenOf("wizard-kind", async () => {
        await page.goto("/connect");
        await ready(page);
      });
      await screenOf("wizard-app-password", async () => {
        await page.goto("/connect");
        await ready(page);
        await fillAddress(page, "sanne@icloud.com");
      });
      await screenOf("wizard-failed", async () => {
        await fillWizard(page, { ...mailbox, password: "zonneboiler", host: "localhost", port: dovecot.tlsPort });
        await page.getByRole("button", { name: "Test account" }).click();
        await page.getByText("De gebruikersnaam of het wachtwoord klopt niet.").first().waitFor();
      });
      await screenOf("wizard-connected", async () => {
        await page.getByLabel("Wachtwoord", { exact: true }).fill(mailbox.password);
        await page.getByRole("button", { name: "Test account" }).click();
        await page.getByText("Succesvolle verbinding!").waitFor();
      });
      await screenOf("inbox", async () => {
        await saveAccount(page);
        await page.getByText("Leverdatum warmtepompen Kazernestraat").first().click();
        await expect(page.locator("iframe").first()).toBeVisible();
        await page.frameLocator("iframe").getByText("Kunnen de warmtepompen").waitFor();
      });
      await screenOf("contact-new", async () => {
        await page.getByRole("link", { name: "Jan Bakker toevoegen als relatie" }).or(page.getByRole("button", { name: "Jan Bakker toevoegen als relatie" })).first().click();
        await expect(page.getByLabel("Voornaam")).toHaveValue("Jan");
      });
      await screenOf("contact", async () => {
        await page.locator(".contacts__form").getByRole("button", { name: "Opslaan" }).click();
        await contactId(page);
        await page.getByText("Offerte warmtepompen").first().waitFor();
      });
      await screenOf("inbox-list", async () => {
        await page.goto("/inbox");
        await ready(page);
        await page.getByText("Storing ketel Zutphenseweg 112").first().waitFor();
      });
      await screenOf("conversation", async () => {
        await page.getByText("Re: Offerte warmtepompen").first().click();
        await page.locator(".conversation__stream > .letter").nth(2).waitFor();
        await page.frameLocator("iframe").getByText("ga maar bestellen").waitFor();
      });
      await screenOf("invitation", async () => {
        await page.goto("/inbox");
        await ready(page);
        await page.getByText("Oplevering Kazernestraat").first().click();
        await page.locator(".meeting").waitFor();
      });
      await screenOf("compose", async () => {
        await page.goto("/inbox");
        await ready(page);
        await page.getByText("Leverdatum warmtepompen Kazernestraat").first().click();
        await page.getByRole("button", { name: "Beantwoorden", exact: true }).click();
        await page.locator(".compose").getByText("schreef Jan Bakker").waitFor();
      });
      await screenOf("drafts", async () => {
        await page.locator(".compose").getByLabel("Onderwerp").fill("Re: Leverdatum Kazernestraat");
        await page.locator(".compose").getByText("Bewaard", { exact: true }).waitFor();
        await page.locator(".compose").getByRole("button", { name: "Bewaren en sluiten" }).click();
        await page.goto("/inbox/drafts");
        await ready(page);
        await page.getByRole("button", { name: /Leverdatum Kazernestraat/ }).waitFor();
      });
      await screenOf("templates", async () => {
        await page.goto("/settings/templates");
        await ready(page);
        await page.getByRole("link", { name: "Standaardsjabloon" }).waitFor();
      });
      await screenOf("template", async () => {
        await page.getByRole("link", { name: "Standaardsjabloon" }).click();
        await page.getByRole("textbox", { name: "Inhoud" }).waitFor();
        await page.frameLocator("iframe.preview__frame").getByText("Geachte").waitFor();
      });
      await screenOf("settings-clean", async () => {
        await page.goto("/settings/crm");
        await ready(page);
        await page.getByRole("button", { name: "Nu opschonen" }).click();
        await page.getByText("1 bericht verwijderd").first().waitFor();
        await page.getByRole("button", { name: "Nu opschonen" }).scrollIntoViewIfNeeded();
      });
      await screenOf("settings-removed", async () => {
        await page.goto("/settings/removed");
        await ready(page);
        await page.getByText("U bent de winnaar van deze week").waitFor();
      });
      await screenOf("trash-empty", async () => {
        await page.goto("/inbox/trash");
        await ready(page);
      });
      await screenOf("settings-accounts", async () => {
        await page.goto("/settings/mail");
        await ready(page);
      });
      await screenOf("missing", async () => {
        await page.goto("/nergens");
        await ready(page);
      });
      await context.close();
    }
  }
} finally {
  await browser.close();
  await spindle.stop();
  await dovecot.stop();
}
if (failed) console.error(`${failed} pictures show something else than they should`);
process.exit(failed ? 1 : 0);
