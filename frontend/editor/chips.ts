// Merge fields are chips: one thing to the caret, the keyboard and the clipboard. Stored as `<span data-merge="key">«Name»</span>`; what makes
// a chip of it stands only in the editor.

/** A field that may stand in a letter: its key, its name in the reader's language, and other names it answers to. */
export interface MergeField {
  key: string;
  label: string;
  also?: string[];
}

/** Each chip has a class of its own, because Squire makes one of neighbours that look alike. */
let count = 0;

const named = (name: string) => name.trim().replace(/\s+/g, " ").toLowerCase();

export class Fields {
  readonly #labels = new Map<string, string>();
  readonly #keys = new Map<string, string>();

  constructor(fields: readonly MergeField[] = []) {
    for (const { key, label, also } of fields) {
      this.#labels.set(key, label);
      for (const name of [label, ...(also ?? [])]) this.#keys.set(named(name), key);
    }
  }

  key(name: string): string | undefined {
    return this.#keys.get(named(name));
  }

  /** Makes chips of the stored fields in `root`, and of the names of fields that are typed out in it. */
  dress(root: ParentNode & Node): void {
    for (const span of root.querySelectorAll<HTMLElement>("span[data-merge]")) this.dressOne(span);
    if (!this.#keys.size) return;
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const found: Text[] = [];
    while (texts.nextNode()) {
      const text = texts.currentNode as Text;
      if (text.data.includes("«") && !chipOf(text)) found.push(text);
    }
    for (const text of found) this.#split(text);
  }

  dressOne(span: HTMLElement): void {
    const key = span.dataset.merge ?? "";
    const label = this.#labels.get(key);
    if (label) span.textContent = `«${label}»`;
    else if (this.#labels.size) span.dataset.state = "unresolved";
    span.contentEditable = "false";
    span.className = `merge-field merge-field-${(count += 1)}`;
  }

  make(key: string): HTMLElement {
    const span = document.createElement("span");
    span.dataset.merge = key;
    this.dressOne(span);
    return span;
  }

  #split(text: Text): void {
    for (const match of [...text.data.matchAll(/«([^«»]{1,80})»/g)].reverse()) {
      const key = this.key(match[1] ?? "");
      if (!key) continue;
      const name = text.splitText(match.index);
      name.splitText(match[0].length);
      name.replaceWith(this.make(key));
    }
  }
}

export function undress(root: ParentNode): void {
  for (const span of root.querySelectorAll<HTMLElement>("span[data-merge]")) {
    span.removeAttribute("contenteditable");
    span.removeAttribute("data-state");
  }
}

export function chipOf(node: Node | null): HTMLElement | null {
  return (node instanceof Element ? node : node?.parentElement)?.closest<HTMLElement>("span[data-merge]") ?? null;
}

/** Squire formats letters, also those of a chip: what it put inside goes round the whole. True when there was any. */
export function hoist(root: ParentNode): boolean {
  let moved = false;
  for (const chip of root.querySelectorAll<HTMLElement>("span[data-merge]")) {
    for (let inner = chip.firstElementChild; inner; inner = inner.firstElementChild) {
      const shell = inner.cloneNode(false) as Element;
      chip.before(shell);
      shell.append(chip);
      moved = true;
    }
    if (chip.firstElementChild) chip.textContent = chip.textContent;
  }
  return moved;
}

/** The chip that the caret touches on that side, with nothing but emptiness between. */
export function chipBeside(range: Range, before: boolean, root: Node): HTMLElement | null {
  let node: Node | null = range.startContainer;
  let offset = range.startOffset;
  for (;;) {
    if (node instanceof Text) {
      const rest = before ? node.data.slice(0, offset) : node.data.slice(offset);
      if (rest.replace(/\u200b/g, "")) return null;
    } else {
      const next: Node | undefined = node?.childNodes[before ? offset - 1 : offset];
      if (next) {
        if (next instanceof HTMLElement && next.matches("span[data-merge]")) return next;
        if (next instanceof HTMLBRElement || next instanceof HTMLImageElement) return null;
        node = next;
        offset = before ? (next instanceof Text ? next.length : next.childNodes.length) : 0;
        continue;
      }
    }
    // Out of what ends here, as long as it is part of a line.
    const parent: Node | null = node?.parentNode ?? null;
    if (!node || !parent || node === root) return null;
    if (node instanceof HTMLElement && getComputedStyle(node).display !== "inline") return null;
    offset = [...parent.childNodes].indexOf(node as ChildNode) + (before ? 0 : 1);
    node = parent;
  }
}
