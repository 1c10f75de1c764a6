import { addContact, contactId, expect, ready, register, test } from "../fixtures/index.ts";

test("[CON-01, CON-02, CON-03, CON-16] a new contact stands on its card with what was typed", { tag: ["@tablet"] }, async ({ page }) => {
  await register(page);
  await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker", Functie: "Uitvoerder", "E-mail": "jan@bakkerbouw.example", Mobiel: "06 12345678", Plaats: "Deventer" });
  await expect(page.getByRole("heading", { level: 1, name: "Jan Bakker" })).toBeVisible();
  await page.goto(`${page.url()}/details`);
  const fields = page.getByRole("complementary", { name: "Gegevens en dashboard" });
  await expect(fields.getByText("jan@bakkerbouw.example").first()).toBeVisible();
  await expect(fields.getByText("Deventer").first()).toBeVisible();
});

test("[CON-02] a contact without any name is refused at its field", async ({ page }) => {
  await register(page);
  await page.goto("/contacts/new");
  await ready(page);
  await page.getByRole("button", { name: "Opslaan" }).click();
  await expect(page.getByText("Dit moet nog worden ingevuld.").first()).toBeVisible();
});

test("[CON-04] an address that is none is refused, and what was typed stays", async ({ page }) => {
  await register(page);
  await page.goto("/contacts/new");
  await ready(page);
  await page.getByLabel("Achternaam").fill("Bakker");
  await page.locator(".contacts__form").getByLabel("E-mail", { exact: true }).fill("jan bakkerbouw");
  await page.getByRole("button", { name: "Opslaan" }).click();
  await expect(page.getByText("Dit is geen e-mailadres.").first()).toBeVisible();
  await expect(page.getByLabel("Achternaam")).toHaveValue("Bakker");
});

test("[CON-11, CON-13, CON-14] a company lists its employees, who carry its address and lead back to it", async ({ page }) => {
  await register(page);
  const company = await addContact(page, { Bedrijfsnaam: "Bakker Bouw BV", "Straat en huisnummer": "Kazernestraat 12", Plaats: "Deventer" }, "?kind=company");
  await page.goto(`/contacts/new?employer=${company}`);
  await ready(page);
  await expect(page.getByLabel("Straat en huisnummer")).toHaveValue("Kazernestraat 12");
  await page.getByLabel("Voornaam").fill("Jan");
  await page.getByLabel("Achternaam").fill("Bakker");
  await page.getByRole("button", { name: "Opslaan" }).click();
  const employee = await contactId(page);
  expect(employee).not.toBe(company);
  await page.locator(".record").getByRole("link", { name: "Bakker Bouw BV" }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: "Bakker Bouw BV" })).toBeVisible();
  await expect(page.getByText("1 werknemer").first()).toBeVisible();
  await expect(page.getByRole("complementary").getByText("Jan Bakker").first()).toBeVisible();
});

test("[CON-17, CON-21, CON-10] search finds by part of a name, by address and by number", async ({ page }) => {
  await register(page);
  await addContact(page, { Voornaam: "Fatima", Achternaam: "Aydin", "E-mail": "fatima@aydin.example", Mobiel: "06 87654321" });
  await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker" });
  await page.goto("/contacts");
  await ready(page);
  const list = page.getByRole("navigation", { name: "Relatielijst" }).or(page.getByRole("region", { name: "Relatielijst" })).or(page.getByRole("complementary", { name: "Relatielijst" }));
  await expect(list.getByText("Jan Bakker").first()).toBeVisible();
  for (const typed of ["ayd", "fatima@aydin", "87654321"]) {
    await page.getByRole("combobox", { name: "Zoek in relaties" }).fill(typed);
    await expect(list.getByText("Fatima Aydin").first()).toBeVisible();
    await expect(list.getByText("Jan Bakker")).toHaveCount(0);
  }
  await page.getByRole("combobox", { name: "Zoek in relaties" }).fill("zzz");
  await expect(page.getByText("Niets gevonden voor “zzz”")).toBeVisible();
});

test("[CON-18] the list can be hidden and shown", async ({ page }) => {
  await register(page);
  await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker" });
  await page.getByRole("button", { name: "Lijst verbergen" }).click();
  await expect(page.getByRole("combobox", { name: "Zoek in relaties" })).toBeHidden();
  await page.getByRole("button", { name: "Lijst tonen" }).first().click();
  await expect(page.getByRole("combobox", { name: "Zoek in relaties" })).toBeVisible();
});

test("[CON-24, CON-27] inactive and deleted, each with a way back", async ({ page }) => {
  await register(page);
  await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker" });
  await ready(page);
  await page.getByRole("button", { name: "Meer acties" }).click();
  await page.getByRole("menuitem", { name: "Op inactief zetten" }).click();
  await expect(page.getByText("Relatie staat op inactief").first()).toBeVisible();
  await page.getByRole("button", { name: "Ongedaan maken" }).last().click();
  await expect(page.getByText("Inactief", { exact: true })).toHaveCount(0);
  await page.getByRole("button", { name: "Meer acties" }).click();
  await page.getByRole("menuitem", { name: "Verwijderen" }).click();
  await expect(page.getByText("Deze relatie is verwijderd. Het archief is bewaard.")).toBeVisible();
  await page.getByRole("button", { name: "Terugzetten" }).first().click();
  await expect(page.getByText("Deze relatie is verwijderd. Het archief is bewaard.")).toHaveCount(0);
});

test("[CON-08, CON-09] a tag is typed on the card and finds everybody who has it", async ({ page }) => {
  await register(page);
  await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker" });
  await addContact(page, { Voornaam: "Fatima", Achternaam: "Aydin" });
  await ready(page);
  await page.getByRole("button", { name: "Kenmerk toevoegen" }).click();
  await page.getByPlaceholder("Nieuw kenmerk").fill("warmtepomp");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Kenmerk warmtepomp toegevoegd").first()).toBeVisible();
  await page.goto("/contacts?q=%23warmtepomp");
  await expect(page.getByText("Fatima Aydin").first()).toBeVisible();
  await expect(page.getByText("Jan Bakker")).toHaveCount(0);
});
