// The toolbar: one stop for Tab, arrows go along it. It wraps where it is narrow.

import { h, icon } from "./dom.ts";
import { isMac, type Sheet } from "./sheet.ts";

export type Words = Record<string, string>;
export type Row = "link" | "image" | "table" | "colour" | "highlight";

/** What the toolbar asks of the editor round it. */
export interface Desk {
  readonly sheet: Sheet;
  readonly words: Words;
  readonly history: { canUndo: boolean; canRedo: boolean };
  readonly row: Row | null;
  readonly source: boolean;
  readonly full: boolean;
  openRow(row: Row): void;
  showSource(on: boolean): void;
  fill(on: boolean): void;
}

interface Tool {
  name: string;
  icon: string;
  /** `Ctrl+Shift+7`; on a Mac Ctrl is ⌘. */
  keys?: string;
  run(desk: Desk): void;
  /** For what is on or off. */
  on?(desk: Desk): boolean;
  enabled?(desk: Desk): boolean;
  row?: Row;
  /** Also of use while the source is shown. */
  always?: boolean;
}

const format = (name: string, tag: string, keys: string): Tool => ({ name, icon: name, keys, run: ({ sheet }) => sheet.toggle(tag), on: ({ sheet }) => sheet.hasFormat(tag) });
const side = (name: string, value: string): Tool => ({
  name,
  icon: name.replace("_", "-"),
  run: ({ sheet }) => sheet.align(value),
  on: ({ sheet }) => getComputedStyle(sheet.place).textAlign.replace("start", "left").replace("-webkit-", "") === value,
});
const row = (name: Row, keys?: string): Tool => ({ name, icon: name, keys, row: name, run: (desk) => desk.openRow(name) });

const groups: Tool[][] = [
  [
    { name: "undo", icon: "undo", keys: "Ctrl+Z", run: ({ sheet }) => sheet.undo(), enabled: ({ history }) => history.canUndo },
    { name: "redo", icon: "redo", keys: "Ctrl+Y", run: ({ sheet }) => sheet.redo(), enabled: ({ history }) => history.canRedo },
  ],
  [format("bold", "B", "Ctrl+B"), format("italic", "I", "Ctrl+I"), format("underline", "U", "Ctrl+U"), format("strike", "S", "Ctrl+Shift+X")],
  [row("colour"), row("highlight")],
  [
    { name: "bullets", icon: "list", keys: "Ctrl+Shift+8", run: ({ sheet }) => sheet.list("UL"), on: ({ sheet }) => sheet.around("ul, ol")?.nodeName === "UL" },
    { name: "numbers", icon: "list-number", keys: "Ctrl+Shift+7", run: ({ sheet }) => sheet.list("OL"), on: ({ sheet }) => sheet.around("ul, ol")?.nodeName === "OL" },
    { name: "outdent", icon: "outdent", keys: "Ctrl+[", run: ({ sheet }) => sheet.indent(-1) },
    { name: "indent", icon: "indent", keys: "Ctrl+]", run: ({ sheet }) => sheet.indent(1) },
  ],
  [side("align_left", "left"), side("align_centre", "center"), side("align_right", "right"), side("align_both", "justify")],
  [
    { name: "quote", icon: "quote", keys: "Ctrl+Shift+9", run: ({ sheet }) => sheet.quote(), on: ({ sheet }) => !!sheet.around("blockquote") },
    { ...row("link", "Ctrl+K"), on: ({ sheet }) => !!sheet.around("a[href]") },
    row("image"),
    row("table"),
    { name: "line", icon: "divider", run: ({ sheet }) => sheet.line() },
    { name: "clear", icon: "clear", keys: "Ctrl+\\", run: ({ sheet }) => sheet.removeAllFormatting() },
  ],
  [
    { name: "source", icon: "code", always: true, run: (desk) => desk.showSource(!desk.source), on: ({ source }) => source },
    { name: "full", icon: "expand", always: true, run: (desk) => desk.fill(!desk.full), on: ({ full }) => full },
  ],
];

/** Fonts that stand on the reader's machine, whichever it is. Names, so in no language. */
const fonts = ["Arial", "Calibri", "Courier New", "Georgia", "Helvetica", "Tahoma", "Times New Roman", "Trebuchet MS", "Verdana"];
const sizes = ["10px", "11px", "12px", "13px", "14px", "16px", "18px", "20px", "24px", "32px", "48px"];

const spoken = (keys: string) => (isMac ? keys.replace("Ctrl+", "⌘").replace("Shift+", "⇧") : keys);

export class Bar {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #tools: [Tool, HTMLButtonElement][] = [];
  readonly #font: HTMLSelectElement;
  readonly #size: HTMLSelectElement;
  readonly #stops: HTMLElement[] = [];

  constructor(desk: Desk) {
    this.#desk = desk;
    const { words } = desk;
    this.#font = this.#select("font", fonts.map((name) => [name, name]), (name) => desk.sheet.setFontFace(name && `"${name}"`.replace(/^"(\w+)"$/, "$1")));
    this.#size = this.#select("size", sizes.map((size) => [size, size.replace("px", "")]), (size) => desk.sheet.setFontSize(size));
    const parts = groups.map((tools) => h("span", { class: "rich-text__group", role: "none" }, ...tools.map((tool) => this.#button(tool))));
    const choice = (select: HTMLSelectElement) => h("span", { class: "select-box" }, select, icon("chevron-down"));
    parts.splice(1, 0, h("span", { class: "rich-text__group", role: "none" }, choice(this.#font), choice(this.#size)));
    this.element = h("div", { class: "rich-text__bar", role: "toolbar", "aria-label": words.toolbar, onkeydown: (event: KeyboardEvent) => this.#key(event) }, ...parts);
    this.element.addEventListener("focusin", (event) => this.#rove(event.target as HTMLElement));
    // In the order in which they are read.
    this.#stops.push(...this.element.querySelectorAll<HTMLElement>("button, select"));
    this.#stops.forEach((stop, index) => (stop.tabIndex = index ? -1 : 0));
  }

  #button(tool: Tool): HTMLButtonElement {
    const { words } = this.#desk;
    const name = words[tool.name] ?? tool.name;
    const button = h(
      "button",
      {
        class: "icon-button",
        type: "button",
        "data-size": "small",
        "data-tool": tool.name,
        "aria-label": name,
        title: tool.keys ? `${name} (${spoken(tool.keys)})` : name,
        "aria-keyshortcuts": tool.keys?.replace("Ctrl", isMac ? "Meta" : "Control"),
        "aria-expanded": tool.row ? "false" : null,
        // The text keeps its selection.
        onmousedown: (event: MouseEvent) => event.preventDefault(),
        onclick: () => {
          if (button.getAttribute("aria-disabled") !== "true") tool.run(this.#desk);
        },
      },
      icon(tool.icon),
    );
    this.#tools.push([tool, button]);
    return button;
  }

  #select(name: string, options: [string, string][], choose: (value: string | null) => void): HTMLSelectElement {
    const { words } = this.#desk;
    const list: [string, string][] = [["", words[`${name}_default`] ?? ""], ...options];
    const select = h(
      "select",
      {
        class: "select",
        "data-tool": name,
        "aria-label": words[name],
        title: words[name],
        onchange: () => {
          choose(select.value || null);
          this.#desk.sheet.focus();
        },
      },
      ...list.map(([value, text]) => h("option", { value }, text)),
    );
    return select;
  }

  #rove(stop: HTMLElement): void {
    if (!this.#stops.includes(stop)) return;
    for (const other of this.#stops) other.tabIndex = other === stop ? 0 : -1;
  }

  #key(event: KeyboardEvent): void {
    const at = this.#stops.indexOf(event.target as HTMLElement);
    const last = this.#stops.length - 1;
    const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at ? at - 1 : last, Home: 0, End: last }[event.key];
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape" && !this.#desk.row && !this.#desk.full) {
      event.preventDefault();
      event.stopPropagation();
      this.#desk.sheet.focus();
    }
    if (to === undefined) return;
    event.preventDefault();
    this.#stops[to]?.focus();
  }

  focus(): void {
    this.#stops.find((stop) => !stop.tabIndex)?.focus();
  }

  button(name: string): HTMLElement | null {
    return this.element.querySelector(`[data-tool="${name}"]`);
  }

  /** Shows what holds where the caret is. */
  update(disabled: boolean): void {
    const desk = this.#desk;
    for (const [tool, button] of this.#tools) {
      const off = disabled || (desk.source && !tool.always) || tool.enabled?.(desk) === false;
      // Stays in reach of the arrows, so that nobody loses the place where he stood.
      set(button, "aria-disabled", off ? "true" : null);
      if (tool.on) set(button, "aria-pressed", String((tool.always || !desk.source) && tool.on(desk)));
      if (tool.row) set(button, "aria-expanded", String(desk.row === tool.row));
    }
    const { fontFamily, fontSize } = desk.source ? {} : desk.sheet.getFontInfo();
    this.#show(this.#font, (fontFamily ?? "").split(",")[0]?.replace(/["']/g, "").trim() ?? "");
    this.#show(this.#size, fontSize ?? "");
    this.#font.disabled = this.#size.disabled = disabled || desk.source;
  }

  /** A pasted letter may have a font that is not in the list. */
  #show(select: HTMLSelectElement, value: string): void {
    if (select.value === value) return;
    let option = [...select.options].find((option) => option.value.toLowerCase() === value.toLowerCase());
    if (!option) {
      select.querySelector("[data-other]")?.remove();
      option = h("option", { value, "data-other": true }, value.replace(/px$/, ""));
      select.append(option);
    }
    select.value = option.value;
  }
}

/** Touches the document only where something changes: this runs at every key. */
function set(element: Element, name: string, value: string | null): void {
  if (element.getAttribute(name) === value) return;
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}
