import type { Page } from "@playwright/test";
import { Spindle } from "../fixtures/spindle.ts";
import { expect, fillRegistration, logIn, person, register, test } from "../fixtures/index.ts";

const signOut = async (page: Page) => {
  await page.getByRole("button", { name: /, mijn menu$/ }).click();
  await page.getByRole("button", { name: "Uitloggen" }).or(page.getByRole("menuitem", { name: "Uitloggen" })).click();
  await expect(page.getByRole("heading", { name: "Inloggen" })).toBeVisible();
};

test("[REG-01, REG-02, REG-03, REG-13] a stranger fills in five fields and stands on the dashboard at once", { tag: ["@nojs", "@tablet"] }, async ({ page }) => {
  const who = person("Sanne");
  await page.goto("/");
  await page.getByRole("link", { name: "Account aanmaken" }).click();
  await fillRegistration(page, who);
  await page.getByRole("button", { name: "Account aanmaken" }).click();
  await expect(page.getByRole("heading", { name: "Welkom, Sanne" })).toBeVisible();
  await expect(page).toHaveTitle(/Home-dashboard/);
  await page.reload();
  await expect(page.getByRole("heading", { name: "Welkom, Sanne" })).toBeVisible();
});

test("[REG-07] a password without a digit is refused, and what was typed stays", { tag: "@nojs" }, async ({ page }) => {
  const who = { ...person(), password: "Warmtepomp" };
  await page.goto("/register");
  await fillRegistration(page, who);
  await page.getByRole("button", { name: "Account aanmaken" }).click();
  await expect(page.getByText("Ten minste één cijfer.")).toBeVisible();
  await expect(page.getByLabel("Bedrijfsnaam")).toHaveValue(who.company);
  await expect(page.getByLabel("E-mailadres")).toHaveValue(who.email);
});

test("[REG-02] empty fields are named, each by itself", async ({ page, spindle }) => {
  // Past the browser's own check, as a program would send it.
  await page.goto("/register");
  await page.locator("form").first().evaluate((form: HTMLFormElement) => (form.noValidate = true));
  await page.getByRole("button", { name: "Account aanmaken" }).click();
  await expect(page.getByText("Dit moet nog worden ingevuld.").first()).toBeVisible();
  expect(await page.getByText("Dit moet nog worden ingevuld.").count()).toBeGreaterThanOrEqual(4);
  expect(page.url()).toContain(spindle.address);
});

test("[REG-08] an address in use points at logging in and at a new password", { tag: "@nojs" }, async ({ page, context }) => {
  const who = await register(page);
  await context.clearCookies();
  await page.goto("/register");
  await fillRegistration(page, { ...who, company: "Een ander bedrijf" });
  await page.getByRole("button", { name: "Account aanmaken" }).click();
  const told = page.getByText("Dit adres heeft al een account.");
  await expect(told).toBeVisible();
  await expect(page.getByRole("link", { name: "wachtwoord opnieuw instellen" })).toBeVisible();
  await page.getByRole("link", { name: "Inloggen" }).first().click();
  await expect(page.getByRole("heading", { name: "Inloggen" })).toBeVisible();
});

test("[REG-10] the language follows the browser", async ({ browser, spindle }) => {
  const context = await browser.newContext({ locale: "en-GB", baseURL: spindle.address });
  const page = await context.newPage();
  await page.goto("/register");
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await expect(page.getByLabel("First name")).toBeVisible();
  await context.close();
});

test("[REG-11] logging out ends the session; logging in with another case of the address works", { tag: "@tablet" }, async ({ page, context }) => {
  const who = await register(page);
  const session = (await context.cookies()).find((cookie) => cookie.name === "spindle_session");
  expect(session).toMatchObject({ httpOnly: true, sameSite: "Lax" });
  await signOut(page);
  // The old token is dead on the server too, not just forgotten by the browser.
  if (session) await context.addCookies([session]);
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Inloggen" })).toBeVisible();
  await logIn(page, { ...who, email: who.email.toUpperCase() });
  await expect(page.getByRole("heading", { name: `Welkom, ${who.firstName}` })).toBeVisible();
});

test("[REG-11] a wrong password and an unknown address are refused with the same words", { tag: "@nojs" }, async ({ page, context }) => {
  const who = await register(page);
  await context.clearCookies();
  for (const wrong of [{ ...who, password: "Anders123" }, person("Nobody")]) {
    await logIn(page, wrong);
    await expect(page.getByText("E-mailadres of wachtwoord klopt niet.")).toBeVisible();
  }
});

test("[REG-12] a forgotten password: the link in the letter works once", { tag: "@nojs" }, async ({ page, context, spindle }) => {
  const who = await register(page);
  await context.clearCookies();
  await page.goto("/login");
  await page.getByRole("link", { name: "Wachtwoord vergeten?" }).click();
  await page.getByLabel("E-mailadres").fill(who.email);
  await page.getByRole("button", { name: "Stuur de link" }).click();
  await expect(page.getByText("Kijk in uw mailbox")).toBeVisible();

  const letter = (await spindle.systemMail(who.email)).replace(/=\r?\n/g, "").replace(/=3D/g, "=");
  const link = letter.match(/https?:\/\/\S+\/reset\/[\w-]+/)?.[0];
  expect(link).toBeDefined();
  await page.goto(link ?? "");
  await page.getByLabel("Nieuw wachtwoord").fill("Anders123");
  await page.getByRole("button", { name: "Wachtwoord opslaan" }).click();
  await expect(page.getByRole("heading", { name: `Welkom, ${who.firstName}` })).toBeVisible();

  await context.clearCookies();
  await page.goto(link ?? "");
  await page.getByLabel("Nieuw wachtwoord").fill("Nogeens123");
  await page.getByRole("button", { name: "Wachtwoord opslaan" }).click();
  await expect(page.getByText("Deze link is al gebruikt of is te oud.").first()).toBeVisible();

  await logIn(page, who);
  await expect(page.getByText("E-mailadres of wachtwoord klopt niet.")).toBeVisible();
  await logIn(page, { ...who, password: "Anders123" });
  await expect(page.getByRole("heading", { name: `Welkom, ${who.firstName}` })).toBeVisible();
});

test("[REG-12] an unknown address gets the same answer", { tag: "@nojs" }, async ({ page }) => {
  await page.goto("/forgot");
  await page.getByLabel("E-mailadres").fill(person("Nobody").email);
  await page.getByRole("button", { name: "Stuur de link" }).click();
  await expect(page.getByText("Kijk in uw mailbox")).toBeVisible();
});

test("[SEC-05] guessing passwords is slowed down, and the page says for how long", async ({ browser }) => {
  const spindle = await Spindle.start({ SPINDLE_LOGINS_PER_CLIENT: "3" });
  const context = await browser.newContext({ baseURL: spindle.address });
  const page = await context.newPage();
  const stranger = person("Mallory");
  for (let tries = 0; tries < 3; tries++) {
    await logIn(page, stranger);
    await expect(page.getByText("E-mailadres of wachtwoord klopt niet.")).toBeVisible();
  }
  await logIn(page, stranger);
  await expect(page.getByText(/Te veel pogingen. Probeer het over .+ opnieuw./)).toBeVisible();
  await context.close();
  await spindle.stop();
});

test("[SEC-01] what was registered stands nowhere in the data as it is", async ({ page }) => {
  // A server of its own, since it is stopped to look at its files.
  const spindle = await Spindle.start();
  const who = { ...person("Zonnebloemzaadjes"), company: "Arbeidsongeschiktheidsverzekeringsadvies" };
  await page.goto(`${spindle.address}/register`);
  await fillRegistration(page, who);
  await page.getByRole("button", { name: "Account aanmaken" }).click();
  await expect(page.getByRole("heading", { name: `Welkom, ${who.firstName}` })).toBeVisible();
  expect(spindle.planted([who.firstName, who.company, who.email])).toEqual([]);
  await spindle.stop();
});
