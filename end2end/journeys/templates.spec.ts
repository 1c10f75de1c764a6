import type { Page } from "@playwright/test";
import { addContact, expect, ready, register, test } from "../fixtures/index.ts";

const body = (page: Page) => page.locator(".rich-text__source");
/** What it shows stands in its frame's attribute. */
const preview = (page: Page) => page.locator("iframe.preview__frame");

/** The body as HTML. */
async function source(page: Page): Promise<void> {
  await page.getByRole("toolbar").getByRole("button", { name: "HTML", exact: true }).click();
  await expect(body(page)).toBeVisible();
}

/** Makes a template and waits for its editor, which shows HTML. */
async function newTemplate(page: Page, name: string): Promise<void> {
  await page.goto("/settings/templates");
  await ready(page);
  await page.getByLabel("Naam van het nieuwe sjabloon").fill(name);
  await page.getByRole("button", { name: "Nieuw", exact: true }).click();
  await expect(page.getByRole("heading", { name })).toBeVisible();
  await source(page);
}

test("[TPL-01, TPL-02, TPL-03, TPL-04, TPL-06, TPL-07, TPL-13, TPL-21, TPL-22] a copy of the standard template, fields from the lists, a preview as a contact", async ({ page }) => {
  const alice = await register(page);
  await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker", "E-mail": "jan@bakkerij.example" });
  await page.goto("/settings/templates");
  await expect(page.getByRole("region", { name: "Standaard" }).getByRole("link", { name: "Standaardsjabloon" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Standaard" }).getByText("Nieuw bericht")).toBeVisible();
  await newTemplate(page, "Bevestiging");
  await expect(body(page)).toHaveValue(/«Aanhef»/);
  await expect(preview(page)).toHaveAttribute("srcdoc", /Geachte heer, mevrouw,/);

  await body(page).fill('<p>Dag <script>alert(1)</script></p><table style="width:600px"><tbody><tr><td>«mijn voornaam» «Mijn Vornaam»</td></tr></tbody></table>');
  // The caret behind "Dag ".
  await body(page).evaluate((area: HTMLTextAreaElement) => area.setSelectionRange(7, 7));
  await page.getByRole("button", { name: "Relatie", exact: true }).click();
  await page.getByRole("combobox", { name: "Zoek veld" }).fill("naam");
  await page.getByRole("option", { name: /«Naam»/ }).click();
  await expect(body(page)).toHaveValue(/^<p>Dag <span data-merge="contact\.name">«Naam»<\/span>/);
  await page.getByRole("button", { name: "Kies een relatie" }).click();
  await page.getByRole("dialog").getByRole("combobox").fill("Bakker");
  await page.getByRole("option", { name: /Jan Bakker/ }).click();
  await expect(preview(page)).toHaveAttribute("srcdoc", /Dag Jan Bakker/);
  await expect(page.getByText("Geen merge-veld, en blijft dus zo staan: Mijn Vornaam")).toBeVisible();

  await page.getByRole("button", { name: "Opslaan" }).click();
  await expect(page.getByText("Sjabloon opgeslagen").first()).toBeVisible();
  // What is kept has no script, and a chip for what was typed.
  await expect(body(page)).toHaveValue(/<table style="width:600px">.*<span data-merge="me\.first_name">«Mijn Voornaam»<\/span> «Mijn Vornaam»/);
  await expect(body(page)).not.toHaveValue(/script/);
  await page.reload();
  await expect(page.getByRole("textbox", { name: "Inhoud" }).getByText("«Mijn Voornaam»")).toBeVisible();
  await source(page);
  await expect(body(page)).toHaveValue(/«Mijn Voornaam»/);
  await expect(preview(page)).toHaveAttribute("srcdoc", new RegExp(alice.firstName));

  // The field that the page is drawn with holds the HTML letter by letter, also what would end it.
  await body(page).fill('<p title="</textarea><i id=out>">Dag</p>');
  await page.getByRole("button", { name: "Opslaan" }).click();
  const drawn = async () => (await page.request.get(page.url())).text();
  await expect.poll(drawn).toContain('&lt;p title="&amp;lt;/textarea&amp;gt;&amp;lt;i id=out&amp;gt;">Dag');
  await body(page).fill("<p>«Mijn Voornaam»</p>");
  await page.getByRole("button", { name: "Opslaan" }).click();
  await expect(body(page)).toHaveValue(/data-merge/);

  // In English the same fields are called otherwise.
  await page.goto("/settings/crm");
  await ready(page);
  await page.getByLabel("Weergavetaal").selectOption("en");
  await expect(page.getByText("Saved, for everyone").first()).toBeVisible();
  await page.goto("/settings/templates");
  await page.getByRole("link", { name: "Bevestiging" }).click();
  await source(page);
  await expect(body(page)).toHaveValue(/«My First name»<\/span>/);
});

test("[TPL-05, TPL-09, TPL-11, TPL-15, TPL-16, TPL-17, TPL-18] properties, a file, a tab of one's own, action types, removing and undo", async ({ page }) => {
  await register(page);
  await newTemplate(page, "Offerte");
  await page.goto("/settings/templates");
  await ready(page);
  await page.getByRole("button", { name: "Offerte bewerken" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Naam", { exact: true })).toHaveValue("Offerte");
  await dialog.getByLabel("Sjabloontabblad").selectOption({ label: "Nieuw tabblad …" });
  await dialog.getByLabel("Naam van het tabblad").fill("Warmtepompen");
  await dialog.getByLabel("Onderwerp").fill("Offerte voor «Bedrijf»");
  await dialog.getByLabel("Domein van de afzender").fill("geen domein");
  await dialog.getByLabel("Bijlagen").setInputFiles({ name: "Voorwaarden.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4") });
  await expect(dialog.getByText("Voorwaarden.pdf")).toBeVisible();
  await dialog.getByRole("button", { name: "Opslaan" }).click();
  await expect(dialog.getByText("Dit is geen domein.")).toBeVisible();
  await dialog.getByLabel("Domein van de afzender").fill("@alfa.example");
  await dialog.getByRole("button", { name: "Opslaan" }).click();
  await expect(page.getByText("Sjabloon bewaard").first()).toBeVisible();
  const tab = page.getByRole("region", { name: "Warmtepompen" });
  await expect(tab.getByRole("link", { name: "Offerte" })).toBeVisible();
  await expect(tab.getByText("1 bijlage")).toBeAttached();

  await page.getByRole("link", { name: "Actietypen" }).first().click();
  await page.getByRole("combobox", { name: "Beantwoorden" }).selectOption({ label: "Offerte" });
  await expect(page.getByText("Opgeslagen, voor iedereen").first()).toBeVisible();
  await page.reload();
  await expect(page.getByRole("combobox", { name: "Nieuw bericht" }).locator("option:checked")).toHaveText("Standaardsjabloon");
  await expect(page.getByRole("combobox", { name: "Beantwoorden" }).locator("option:checked")).toHaveText("Offerte");
  await expect(page.getByRole("combobox", { name: "Doorsturen" }).locator("option:checked")).toHaveText("Geen sjabloon");

  await page.goto("/settings/templates");
  await ready(page);
  await expect(page.getByRole("button", { name: "Standaardsjabloon verwijderen" })).toHaveCount(0);
  await page.getByRole("button", { name: "Offerte kopiëren" }).click();
  await expect(tab.getByRole("link", { name: "Kopie van Offerte" })).toBeVisible();
  await page.getByRole("button", { name: "Offerte verwijderen", exact: true }).click();
  await expect(tab.getByRole("link", { name: "Offerte", exact: true })).toHaveCount(0);
  await page.getByRole("button", { name: "Ongedaan maken" }).first().click();
  await expect(tab.getByRole("link", { name: "Offerte", exact: true })).toBeVisible();
  await expect(tab.getByText("Beantwoorden")).toBeVisible();
});

test("[TPL-06, TPL-08] two who edit one template: the second is told, both texts are kept, an earlier one comes back", async ({ page, context }) => {
  await register(page);
  await newTemplate(page, "Offerte");
  const other = await context.newPage();
  await other.goto(page.url());
  await ready(other);
  await source(other);
  await body(page).fill("<p>eerste tekst</p>");
  await page.getByRole("button", { name: "Opslaan" }).click();
  await expect(page.getByText("Sjabloon opgeslagen").first()).toBeVisible();
  await body(other).fill("<p>tweede tekst</p>");
  await other.getByRole("button", { name: "Opslaan" }).click();
  await expect(other.getByText(/heeft dit sjabloon intussen opgeslagen/)).toBeVisible();
  await expect(body(other)).toHaveValue("<p>tweede tekst</p>");
  await other.getByRole("button", { name: "Sla mijn tekst op" }).click();
  await expect(other.getByText("Sjabloon opgeslagen").first()).toBeVisible();

  await other.getByRole("button", { name: "Versies" }).click();
  await expect(other.getByText("Nu in gebruik")).toBeVisible();
  await other.getByRole("button", { name: /^De versie van/ }).first().click();
  await expect(other.getByText("De eerdere tekst is teruggezet").first()).toBeVisible();
  await expect(body(other)).toHaveValue("<p>eerste tekst</p>");
});

test("[USR-02, USR-03, PRF-27, PRF-28, PRF-29, TPL-19, TPL-20] one's own signature, the company's data, a wrong IBAN at its field", async ({ page }) => {
  await register(page);
  await page.goto("/settings/profile");
  await ready(page);
  const mine = page.getByRole("region", { name: "Ondertekening" });
  await mine.getByLabel("Functie").fill("Werkvoorbereider");
  await mine.getByLabel("Mobiel").fill("06 12345678");
  await mine.getByRole("button", { name: "Opslaan" }).click();
  await expect(page.getByText("Profiel opgeslagen").first()).toBeVisible();

  await page.goto("/settings/company");
  await ready(page);
  await page.getByLabel("IBAN nummer").fill("NL91ABNA0417164301");
  await page.getByLabel("Adres").fill("Kade 1");
  await page.getByRole("button", { name: "Opslaan" }).click();
  await expect(page.getByText("Dit is geen IBAN: een cijfer of letter klopt niet.")).toBeVisible();
  await page.getByLabel("IBAN nummer").fill("nl91abna0417164300");
  await page.getByRole("button", { name: "Opslaan" }).click();
  await expect(page.getByText("Opgeslagen, voor iedereen").first()).toBeVisible();
  await expect(page.getByLabel("IBAN nummer")).toHaveValue("NL91 ABNA 0417 1643 00");
  await page.reload();
  await expect(page.getByLabel("IBAN nummer")).toHaveValue("NL91 ABNA 0417 1643 00");

  await newTemplate(page, "Factuur");
  await body(page).fill("");
  await page.getByRole("button", { name: "Mijn lijst" }).click();
  await page.getByRole("combobox", { name: "Zoek veld" }).fill("iban");
  await page.getByRole("combobox", { name: "Zoek veld" }).press("Enter");
  await expect(body(page)).toHaveValue('<span data-merge="company.iban">«Mijn Info2»</span>');
  await expect(preview(page)).toHaveAttribute("srcdoc", /NL91 ABNA 0417 1643 00/);
  await body(page).fill("«Mijn Functie», «Mijn Mobiel», «Mijn Straat»");
  await expect(preview(page)).toHaveAttribute("srcdoc", /Werkvoorbereider, 06 12345678, Kade 1/);
});
