import { expect, test } from "../fixtures/editor.ts";

test("[TPL-08] bold, italic and underlined by key", async ({ editor, page }) => {
  await editor.text.focus();
  await page.keyboard.press("Control+b");
  await page.keyboard.type("vet");
  await page.keyboard.press("Control+b");
  await page.keyboard.type(" en ");
  await page.keyboard.press("Control+i");
  await page.keyboard.type("schuin");
  await page.keyboard.press("Control+i");
  await page.keyboard.press("Control+u");
  await page.keyboard.type("lijn");
  expect(await editor.value()).toBe("<div><b>vet</b> en&nbsp;<i>schuin</i><u>lijn</u></div>");
  await expect(editor.tool("Onderstrepen")).toHaveAttribute("aria-pressed", "true");
  await expect(editor.tool("Vet")).toHaveAttribute("aria-pressed", "false");
});
