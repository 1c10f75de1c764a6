// Thunderbird itself: it takes longer to install and to start than all other clients together, so it is asked by `make test-slow`.
import { addContact, carryAlong, comeBack, expect, ready, register, test } from "../fixtures/index.ts";
import { Thunderbird } from "../fixtures/thunderbird.ts";

test("[DAV-05, DAV-07, DAV-10] Thunderbird finds the book, follows it, recovers from a strange token, and writes where that is wanted", async ({ page, spindle }) => {
  test.setTimeout(300_000);
  const who = await register(page);
  await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker", "E-mail": "jan@bakkerbouw.example" });
  await addContact(page, { Voornaam: "Zoë", Achternaam: "Müller" });
  await carryAlong(page);
  const thunderbird = await Thunderbird.start();
  try {
    const address = `${spindle.address}/dav/`;
    const reading = await thunderbird.subscribe(address, who.email, who.password);
    const first = await thunderbird.look(reading);
    expect(first).toMatchObject({ names: ["Jan Bakker", "Zoë Müller"], readOnly: true });

    await addContact(page, { Voornaam: "Noa", Achternaam: "Visser" });
    await thunderbird.sync(reading);
    expect((await thunderbird.look(reading)).names).toEqual(["Jan Bakker", "Noa Visser", "Zoë Müller"]);

    // It knows no answer to a token that nobody gave out but 400: it lists everything, and goes on from there.
    await thunderbird.forgeToken(reading, "urn:x-other:dav-sync:1:1");
    await thunderbird.sync(reading);
    const again = await thunderbird.look(reading);
    expect(again.names).toHaveLength(3);
    expect(again.token).not.toBe("urn:x-other:dav-sync:1:1");

    // What a book is for, it is told when it is added.
    await page.goto("/settings/phone");
    await ready(page);
    await comeBack(page);
    const writing = await thunderbird.subscribe(address, who.email, who.password);
    expect((await thunderbird.look(writing)).readOnly).toBe(false);
    await thunderbird.edit(writing, "Jan Bakker", "Bakker", "Bakkers");
    await thunderbird.add(writing, "Sem", "Nieuw");
    await page.goto("/contacts");
    await ready(page);
    await expect(page.getByText("Jan Bakkers")).toBeVisible();
    await expect(page.getByText("Sem Nieuw")).toBeVisible();
    await thunderbird.sync(writing);
    expect((await thunderbird.look(writing)).names).toEqual(["Jan Bakkers", "Noa Visser", "Sem Nieuw", "Zoë Müller"]);
  } finally {
    await thunderbird.stop();
  }
});
