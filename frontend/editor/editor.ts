// <rich-text>: the editor of letters and templates. Loaded only where one stands on the page; `ui::RichText` is its hand in Rust.
//
//   value        the HTML, in and out
//   words        the words of the toolbar, by name
//   fields       the merge fields that may stand in it: { key, label, also }
//   disabled, aria-label, placeholder
//   insert(html), insertImage(src, alt), focus()
//   ready        it listens
//   input        something changed
//   imagefile    a picture was chosen, pasted or dropped: `detail.file`. Who prevents the default brings it somewhere and calls
//                `insertImage`; otherwise it becomes part of the letter as a data: address

import { Bar, type Row, type Words } from "./bar.ts";
import { Fields, hoist, type MergeField } from "./chips.ts";
import { clean, write } from "./clean.ts";
import { h } from "./dom.ts";
import { colourRow, type Host, imageRow, linkRow, tableRow } from "./rows.ts";
import { isMac, Sheet } from "./sheet.ts";
import { addRow, neighbour } from "./table.ts";

const pictures = /^image\/(?:png|jpeg|gif|webp)$/;

class RichText extends HTMLElement implements Host {
  static observedAttributes = ["aria-label", "placeholder", "disabled"];

  sheet!: Sheet;
  history = { canUndo: false, canRedo: false };
  row: Row | null = null;
  source = false;
  full = false;
  image: HTMLImageElement | null = null;

  #words: Words = {};
  #fields: readonly MergeField[] = [];
  /** What was given, and what it became: the letter as long as nothing on the sheet changed. */
  #given = "";
  #value = "";
  /** The sheet as it was when `#value` was written. */
  #seen = "";
  #bar!: Bar;
  #row!: HTMLElement;
  #paper!: HTMLElement;
  #page!: HTMLElement;
  #grip!: HTMLElement;
  #text!: HTMLTextAreaElement;
  /** The source says something that the sheet does not show yet. */
  #ahead = false;
  #stop: AbortController | null = null;

  connectedCallback(): void {
    // Given before this program knew the element.
    for (const name of ["value", "words", "fields", "disabled"] as const) {
      if (!Object.hasOwn(this, name)) continue;
      const early = this[name];
      delete (this as Partial<RichText>)[name];
      Object.assign(this, { [name]: early });
    }
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.#page = h("div", { class: "rich-text__page", role: "textbox", "aria-multiline": "true", spellcheck: "true" });
    this.#grip = h("span", { class: "rich-text__grip", hidden: true });
    this.#paper = h("div", { class: "rich-text__paper" }, this.#page, this.#grip);
    this.#text = h("textarea", { class: "rich-text__source", spellcheck: "false", autocapitalize: "none", hidden: true });
    this.#row = h("div", { class: "rich-text__rows" });
    this.sheet = new Sheet(this.#page, new Fields(this.#fields), (cause) => console.error(cause));
    this.#bar = new Bar(this);
    this.replaceChildren(this.#bar.element, this.#row, this.#paper, this.#text);

    this.sheet.addEventListener("input", () => this.#changed());
    this.sheet.addEventListener("undoStateChange", (event) => {
      this.history = (event as CustomEvent<typeof this.history>).detail;
      this.#bar.update(this.disabled);
    });
    for (const kind of ["pathChange", "cursor", "select"]) this.sheet.addEventListener(kind, () => this.#bar.update(this.disabled));
    this.sheet.addEventListener("pasteImage", (event) => {
      this.pick([...((event as CustomEvent<{ clipboardData: DataTransfer }>).detail.clipboardData.files ?? [])]);
    });
    const control = isMac ? "Meta-" : "Ctrl-";
    this.sheet.setKeyHandler(`${control}k`, (_, event) => {
      event.preventDefault();
      // Anywhere else the same key opens the program's search.
      event.stopPropagation();
      this.openRow("link");
    });
    this.#tab();
    this.#text.addEventListener("input", () => this.#sourceChanged());
    // Only the editor's own events leave it: the native ones of its parts would say too much, or too early.
    for (const kind of ["input", "change"]) {
      this.addEventListener(kind, (event) => event.target !== this && event.stopImmediatePropagation(), { signal });
    }
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.#page.addEventListener("dragover", (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault());
    this.#page.addEventListener("drop", (event) => this.#drop(event));
    this.#page.addEventListener("click", (event) => this.#click(event));
    this.#grip.addEventListener("pointerdown", (event) => this.#resize(event));
    document.addEventListener("pointerdown", (event) => this.image && !this.contains(event.target as Node) && this.#choose(null), { signal });
    for (const name of RichText.observedAttributes) this.attributeChangedCallback(name);
    this.#load(this.#given);
    this.dispatchEvent(new CustomEvent("ready", { bubbles: true }));
  }

  disconnectedCallback(): void {
    this.#stop?.abort();
    this.#stop = null;
    this.#given = this.#value;
    this.sheet.destroy();
    this.row = this.image = null;
    this.source = this.full = false;
    delete this.dataset.full;
  }

  attributeChangedCallback(name: string): void {
    if (!this.#stop) return;
    if (name === "disabled") {
      this.#page.contentEditable = String(!this.disabled);
      this.#page.setAttribute("aria-disabled", String(this.disabled));
      this.#text.disabled = this.disabled;
      if (this.disabled) this.closeRow(false);
      this.#bar.update(this.disabled);
      return;
    }
    const value = this.getAttribute(name) ?? "";
    if (name === "aria-label") {
      this.#page.setAttribute("aria-label", value);
      this.#text.setAttribute("aria-label", value);
    } else {
      this.#page.setAttribute("aria-placeholder", value);
      this.#page.dataset.placeholder = value;
    }
  }

  // --- What the page round it says and asks

  get value(): string {
    return this.#value;
  }

  set value(html: string) {
    // What it says already leaves the caret where it is.
    if (html === this.#value || html === this.#given) return;
    if (this.#stop) this.#load(html);
    else this.#given = this.#value = html;
  }

  get words(): Words {
    return this.#words;
  }

  set words(words: Words) {
    this.#words = words;
    if (!this.#stop) return;
    this.closeRow(false);
    const bar = new Bar(this);
    this.#bar.element.replaceWith(bar.element);
    this.#bar = bar;
    bar.update(this.disabled);
  }

  get fields(): readonly MergeField[] {
    return this.#fields;
  }

  set fields(fields: readonly MergeField[]) {
    this.#fields = fields;
    if (!this.#stop) return;
    this.sheet.fields = new Fields(fields);
    this.sheet.modifyDocument(() => this.sheet.fields.dress(this.#page));
    this.#note();
  }

  get disabled(): boolean {
    return this.hasAttribute("disabled");
  }

  set disabled(disabled: boolean) {
    this.toggleAttribute("disabled", disabled);
  }

  override focus(): void {
    if (this.source) this.#text.focus();
    else this.sheet.focus();
  }

  /** At the caret, or where it last was. */
  insert(html: string): void {
    if (this.disabled) return;
    if (this.source) {
      const text = this.#text;
      text.setRangeText(html, text.selectionStart, text.selectionEnd, "end");
      text.focus();
      return this.#sourceChanged();
    }
    this.sheet.focus();
    this.sheet.insertHTML(html);
  }

  insertImage(src: string, alt = ""): void {
    if (this.disabled || this.source) return this.insert(h("img", { src, alt }).outerHTML);
    this.sheet.step(() => this.sheet.insertImage(src, { alt }));
  }

  // --- Reading and writing the sheet

  #load(html: string): void {
    const { fragment, whole } = clean(html);
    this.#given = html;
    this.#value = whole ? html : write(fragment);
    this.#ahead = false;
    this.#choose(null);
    if (this.source) this.#text.value = this.#value;
    this.sheet.load(fragment);
    this.#note();
    this.#bar.update(this.disabled);
  }

  /** From here on a difference is a change. */
  #note(): void {
    this.#seen = this.sheet.html();
    this.#paper.toggleAttribute("data-empty", !this.#seen);
  }

  #changed(): void {
    this.sheet.modifyDocument(() => {
      hoist(this.#page);
      for (const chip of this.#page.querySelectorAll("span[data-merge]")) {
        // Where Squire split one in two, the second half is empty.
        if (!chip.textContent?.replace(/\u200b/g, "")) chip.remove();
      }
    });
    this.#typed();
    const html = this.sheet.html();
    // Squire also speaks of its own bookmarks.
    if (html === this.#seen) return;
    this.#seen = this.#value = this.#given = html;
    this.#paper.toggleAttribute("data-empty", !html);
    if (this.image && !this.image.isConnected) this.#choose(null);
    else this.#place();
    this.#bar.update(this.disabled);
    this.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** «Name», typed out, becomes the field. */
  #typed(): void {
    const range = this.sheet.getSelection();
    const text = range.startContainer;
    if (!range.collapsed || !(text instanceof Text)) return;
    const match = /«([^«»]{1,80})»$/.exec(text.data.slice(0, range.startOffset));
    const key = match && this.sheet.fields.key(match[1] ?? "");
    if (!match || !key) return;
    this.sheet.modifyDocument(() => {
      const name = text.splitText(match.index);
      name.splitText(match[0].length);
      const chip = this.sheet.fields.make(key);
      name.replaceWith(chip);
      range.setStartAfter(chip);
      range.collapse(true);
    });
    this.sheet.setSelection(range);
  }

  showSource(on: boolean): void {
    this.closeRow(false);
    this.#choose(null);
    this.source = on;
    this.#paper.hidden = on;
    this.#text.hidden = !on;
    if (on) {
      this.#text.value = this.#value;
      this.#text.setSelectionRange(0, 0);
    } else if (this.#ahead) {
      this.#load(this.#text.value);
    }
    this.#bar.update(this.disabled);
    this.focus();
  }

  #sourceChanged(): void {
    const html = this.#text.value;
    const { fragment, whole } = clean(html);
    this.#given = html;
    this.#value = whole ? html : write(fragment);
    this.#ahead = true;
    this.dispatchEvent(new Event("input", { bubbles: true }));
  }

  fill(on: boolean): void {
    this.full = on;
    this.toggleAttribute("data-full", on);
    this.#bar.update(this.disabled);
    this.#place();
    this.focus();
  }

  // --- Rows

  openRow(row: Row): void {
    if (this.row === row) return this.closeRow(true);
    this.row = row;
    const drawn =
      row === "link" ? linkRow(this) : row === "image" ? imageRow(this) : row === "table" ? tableRow(this) : colourRow(this, row);
    this.#row.replaceChildren(drawn);
    this.#bar.update(this.disabled);
    drawn.querySelector<HTMLElement>("[data-first], input:not([type=file], [type=color]), button")?.focus();
  }

  closeRow(back: boolean): void {
    if (!this.row) return;
    this.row = null;
    this.#row.replaceChildren();
    this.#bar.update(this.disabled);
    if (back) this.focus();
  }

  #key(event: KeyboardEvent): void {
    if (event.defaultPrevented) return;
    if (event.key === "Escape" && (this.row || this.full)) {
      event.preventDefault();
      event.stopPropagation();
      if (this.row) this.closeRow(true);
      else this.fill(false);
    } else if (event.key === "F10" && event.altKey) {
      event.preventDefault();
      this.#bar.focus();
    }
  }

  /** Tab goes from cell to cell, and makes a row after the last. */
  #tab(): void {
    const usual = this.sheet._keyHandlers as Record<string, Parameters<Sheet["setKeyHandler"]>[1]>;
    for (const [key, step] of [["Tab", 1], ["Shift-Tab", -1]] as const) {
      const before = usual[key];
      this.sheet.setKeyHandler(key, (page, event, range) => {
        const cell = this.sheet.around<HTMLTableCellElement>("td, th");
        // A letter laid out by tables would catch who only wants to go on.
        if (!cell || cell.closest("table")?.getAttribute("role")) return before?.(page, event, range);
        let to: HTMLTableCellElement | undefined = neighbour(cell, step);
        if (!to && step < 0) return;
        event.preventDefault();
        if (!to) this.sheet.step(() => (to = addRow(cell, true).cells[0]));
        if (to) this.sheet.caretIn(to);
      });
    }
  }

  // --- Pictures

  pick(files: Iterable<File>): void {
    for (const file of files) {
      if (!pictures.test(file.type) || this.disabled) continue;
      const asked = new CustomEvent("imagefile", { bubbles: true, cancelable: true, detail: { file } });
      if (!this.dispatchEvent(asked)) continue;
      const reader = new FileReader();
      reader.onload = () => this.insertImage(String(reader.result), file.name.replace(/\.\w+$/, ""));
      reader.readAsDataURL(file);
    }
  }

  /** Pictures go into the text; any other file is the room's, which attaches it. */
  #drop(event: DragEvent): void {
    const files = [...(event.dataTransfer?.files ?? [])];
    // A picture dragged within the text is a file too; Squire has moved it.
    if (event.defaultPrevented || this.disabled || !files.length || !files.every((file) => pictures.test(file.type))) return;
    event.preventDefault();
    event.stopPropagation();
    const at = document.caretRangeFromPoint?.(event.clientX, event.clientY);
    this.sheet.focus();
    if (at && this.#page.contains(at.startContainer)) this.sheet.setSelection(at);
    this.pick(files);
  }

  #click(event: MouseEvent): void {
    const target = event.target;
    if (target instanceof HTMLAnchorElement || (target as Element).closest?.("a")) event.preventDefault();
    if (this.disabled) return;
    this.#choose(target instanceof HTMLImageElement ? target : null);
  }

  #choose(image: HTMLImageElement | null): void {
    if (image === this.image) return;
    this.image = image;
    if (this.row === "image") this.closeRow(false);
    this.#place();
    if (!image) return;
    const range = document.createRange();
    range.selectNode(image);
    this.sheet.focus();
    this.sheet.setSelection(range);
    this.openRow("image");
    // The keyboard stays with the text: Delete takes the picture away.
    this.sheet.focus();
  }

  #place(): void {
    const { image } = this;
    this.#grip.hidden = !image;
    if (!image) return;
    const [paper, box] = [this.#paper.getBoundingClientRect(), image.getBoundingClientRect()];
    this.#grip.style.left = `${box.right - paper.left + this.#paper.scrollLeft}px`;
    this.#grip.style.top = `${box.bottom - paper.top + this.#paper.scrollTop}px`;
  }

  widen(image: HTMLImageElement, width: number | null): void {
    image.removeAttribute("height");
    image.style.height = "";
    if (width === null) {
      image.removeAttribute("width");
      image.style.width = "";
      if (!image.getAttribute("style")) image.removeAttribute("style");
    } else {
      const bound = Math.round(Math.min(2000, Math.max(16, width)));
      // Outlook reads the attribute, the others the style.
      image.setAttribute("width", String(bound));
      image.style.width = `${bound}px`;
      image.style.height = "auto";
    }
    this.#place();
  }

  #resize(down: PointerEvent): void {
    const { image } = this;
    if (!image) return;
    down.preventDefault();
    const start = image.getBoundingClientRect().width;
    this.#grip.setPointerCapture(down.pointerId);
    this.sheet.saveUndoState();
    const move = (event: PointerEvent) => this.widen(image, start + event.clientX - down.clientX);
    const up = () => {
      this.#grip.removeEventListener("pointermove", move);
      this.#grip.removeEventListener("lostpointercapture", up);
    };
    this.#grip.addEventListener("pointermove", move);
    this.#grip.addEventListener("lostpointercapture", up);
  }
}

if (!customElements.get("rich-text")) customElements.define("rich-text", RichText);
