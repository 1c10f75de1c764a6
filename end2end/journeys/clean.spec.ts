import type { Page } from "@playwright/test";
import { connected, expect, mail, ready, test, unique } from "../fixtures/index.ts";

const stranger = "Prijzenfeest <prijs@elders.example>";
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
const row = (page: Page, subject: string) => page.getByText(subject, { exact: true }).first();

test("[PRF-20, CLN-02, CLN-04, CLN-06, CLN-09, INB-07] periods are set and kept; SPAM that is too old goes, and an administrator has it back", async ({ page, dovecot }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  // SPAM counts from reception, so what is to be cleaned needs no waiting: it was sent long ago.
  dovecot.deliver(mailbox, mail({ from: stranger, to: mailbox.address, subject: "Gewonnen prijs", text: "U bent de winnaar.", date: daysAgo(45) }), { folder: "junk" });
  dovecot.deliver(mailbox, mail({ from: stranger, to: mailbox.address, subject: "Verse prijs", text: "U ook.", date: daysAgo(2) }), { folder: "junk" });
  await connected(page, dovecot, mailbox);
  await page.goto("/inbox/spam");
  await expect(row(page, "Gewonnen prijs")).toBeVisible();

  await page.goto("/settings/removed");
  await ready(page);
  await expect(page.getByText("Niets om terug te zetten")).toBeVisible();

  await page.goto("/settings/crm");
  await ready(page);
  const trash = page.getByLabel("Prullenbak legen na (dagen)");
  const spam = page.getByLabel("SPAM opschonen na (dagen)");
  const finished = page.getByLabel("Afgerond en niet gekoppeld verwijderen na (dagen)");
  const backup = page.getByLabel("Verwijderde berichten bewaren (dagen)");
  await expect(trash).toHaveValue("30");
  await expect(spam).toHaveValue("30");
  await expect(finished).toHaveValue("");
  await expect(backup).toHaveValue("30");
  await trash.fill("veel");
  await backup.fill("");
  await page.getByRole("button", { name: "Termijnen opslaan" }).click();
  await expect(page.getByText("Vul een heel aantal dagen in, hoogstens 3650.")).toBeVisible();
  await expect(page.getByText("Verwijderde berichten worden ten minste 1 dag bewaard.")).toBeVisible();
  await expect(trash).toHaveAttribute("aria-invalid", "true");
  await trash.fill("0");
  await finished.fill("90");
  await backup.fill("14");
  await page.getByRole("button", { name: "Termijnen opslaan" }).click();
  await expect(page.getByText("Opgeslagen, voor iedereen").first()).toBeVisible();
  await expect(trash).toHaveValue("");
  await page.reload();
  await ready(page);
  await expect(trash).toHaveValue("");
  await expect(finished).toHaveValue("90");
  await expect(backup).toHaveValue("14");

  await page.getByRole("button", { name: "Nu opschonen" }).click();
  await expect(page.getByText("1 bericht verwijderd").first()).toBeVisible();
  await page.goto("/inbox/spam");
  await expect(row(page, "Verse prijs")).toBeVisible();
  await expect(page.getByText("Gewonnen prijs", { exact: true })).toHaveCount(0);

  await page.goto("/settings/crm");
  await ready(page);
  await page.getByRole("navigation", { name: "Instellingen" }).getByRole("link", { name: "Verwijderde berichten" }).click();
  const removed = page.getByRole("region", { name: "Verwijderde berichten" });
  const search = page.locator(".removed__form");
  await expect(removed.getByText("Gewonnen prijs", { exact: true })).toBeVisible();
  await expect(removed.getByText(/uit SPAM/)).toBeVisible();
  await search.getByRole("searchbox").fill("bestaat niet");
  await search.getByRole("button", { name: "Zoeken" }).click();
  await expect(page.getByText("Niets gevonden")).toBeVisible();
  await search.getByRole("searchbox").fill("prijs gewonnen");
  await search.getByRole("button", { name: "Zoeken" }).click();
  await expect(removed.getByText("Gewonnen prijs", { exact: true })).toBeVisible();
  await ready(page);
  await removed.getByRole("button", { name: "Gewonnen prijs terugzetten" }).click();
  await expect(page.getByText("‘Gewonnen prijs’ staat weer waar het stond").first()).toBeVisible();
  await page.goto("/inbox/spam");
  await expect(row(page, "Gewonnen prijs")).toBeVisible();
  // Its days begin anew: the next run leaves it alone.
  await page.goto("/settings/crm");
  await ready(page);
  await page.getByRole("button", { name: "Nu opschonen" }).click();
  await expect(page.getByText("Er is niets op te schonen").first()).toBeVisible();
});
