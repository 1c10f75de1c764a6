// The sheet that is written on: Squire, which keeps selection, formats, lists and undo, with what letters need besides.
//
// It stands in the program's own page, neither in a shadow root nor in a frame: Squire asks `window` for the selection and `document` for the
// focus, which know nothing of either. Nothing leaks out, because the cleaner lets no style sheet, class or id in; nothing leaks in, because
// `style/ui.css` gives elements on a sheet back what browsers draw. A sheet contains its own painting, so no style of a letter covers the program.

import Squire from "squire-rte";
import { chipBeside, chipOf, Fields, undress } from "./chips.ts";
import { clean } from "./clean.ts";
import { isWord, plain } from "./word.ts";

type KeyHandler = (page: Squire, event: KeyboardEvent, range: Range) => void;

export const isMac = /Mac OS X/.test(navigator.userAgent);
const control = isMac ? "Meta-" : "Ctrl-";

const inline =
  /^(?:A|ABBR|ACRONYM|B|BIG|BR|CITE|CODE|DEL|DFN|EM|FONT|HR|I|IMG|INS|KBD|MARK|Q|S|SAMP|SMALL|SPAN|STRIKE|STRONG|SUB|SUP|TIME|TT|U|VAR|WBR)$/;
/** Between these and their children only white space can stand. */
const frames = /^(?:TABLE|TBODY|THEAD|TFOOT|TR|COLGROUP|UL|OL|DL)$/;

/** Part of a line of text, with all that it holds. */
function isInline(node: Node): boolean {
  return node instanceof Text || (inline.test(node.nodeName) && [...node.childNodes].every(isInline));
}

/** Squire thinks in blocks: a line that stands beside one gets one of its own, and white space in the source between them goes. */
function settle(parent: Node, top: boolean): void {
  const children = [...parent.childNodes];
  if (!top && children.every(isInline)) return;
  if (parent.nodeName === "PRE") return;
  let line: HTMLElement | null = null;
  for (const child of children) {
    if (!isInline(child)) {
      line = null;
      settle(child, false);
    } else if (!line && child instanceof Text && !/[^ \t\r\n]/.test(child.data)) {
      child.remove();
    } else if (!frames.test(parent.nodeName)) {
      if (!line) {
        line = document.createElement("div");
        parent.insertBefore(line, child);
      }
      line.append(child);
    }
  }
}

const synonyms: Record<string, string> = { STRONG: "B", EM: "I", STRIKE: "S", DEL: "S", INS: "U" };
/** By these classes Squire knows the spans that it made; a stored letter carries none. */
const marks: Record<string, string> = { "font-family": "font", "font-size": "size", color: "color", "background-color": "highlight" };

function familiar(root: ParentNode): void {
  for (const element of root.querySelectorAll("strong, em, strike, del, ins")) {
    const twin = document.createElement(synonyms[element.nodeName] ?? "span");
    for (const { name, value } of element.attributes) twin.setAttribute(name, value);
    twin.append(...element.childNodes);
    element.replaceWith(twin);
  }
  for (const span of root.querySelectorAll("span")) {
    const mark = span.style.length === 1 && marks[span.style.item(0)];
    if (mark) span.className = mark;
  }
}

/** A chip is one thing: what begins or ends inside one, begins or ends beside it. */
function outside(range: Range): Range {
  const [start, end] = [chipOf(range.startContainer), chipOf(range.endContainer)];
  if (range.collapsed) {
    if (start) range.setStartAfter(start);
    return range;
  }
  if (start) range.setStartBefore(start);
  if (end) range.setEndAfter(end);
  return range;
}

export class Sheet extends Squire {
  // Squire's constructor calls `setHTML`, before a field of ours exists.
  declare fields: Fields;

  constructor(root: HTMLElement, fields: Fields, failed: (cause: unknown) => void) {
    super(root, {
      blockTag: "DIV",
      undo: { documentSizeThreshold: 200_000, undoLimit: 100 },
      sanitizeToDOMFragment: (html) => {
        const { fragment } = clean(html, (parsed) => {
          // The ground of the page it was copied from is not meant.
          for (const name of ["style", "bgcolor"]) parsed.body.removeAttribute(name);
          if (isWord(html)) plain(parsed);
        });
        this.fields.dress(fragment);
        return fragment;
      },
      willCutCopy: (html) => this.#bare(html),
      didError: failed,
    });
    this.fields = fields;
    this.tagAfterSplit.P = "P";
    // Squire's own handles take every key, Tab and Escape too, and know no Undo.
    this._imageResizer.destroy();
    this.#keys();
  }

  #bare(html: string): string {
    const { fragment } = clean(html);
    const box = document.createElement("div");
    box.append(fragment);
    return box.innerHTML;
  }

  #keys(): void {
    const was = this._keyHandlers as Record<string, KeyHandler | null>;
    const over = (key: string, handler: KeyHandler | null) => void this.setKeyHandler(key, handler as never);
    for (const [key, before] of [["Backspace", true], ["Delete", false]] as const) {
      const usual = was[key];
      over(key, (page, event, range) => {
        const chip = range.collapsed ? chipBeside(range, before, this._root) : null;
        if (!chip) return usual?.(page, event, range);
        event.preventDefault();
        this.saveUndoState(range);
        this.dropChip(chip);
      });
    }
    for (const key of ["PageUp", "PageDown"]) over(key, null);
    const toggle = (tag: string): KeyHandler => (_, event) => {
      event.preventDefault();
      this.toggle(tag);
    };
    over(`${control}Shift-x`, toggle("S"));
    over(`${control}Shift-X`, toggle("S"));
    const list = (tag: "UL" | "OL"): KeyHandler => (_, event) => {
      event.preventDefault();
      this.list(tag);
    };
    over(`${control}Shift-7`, list("OL"));
    over(`${control}Shift-8`, list("UL"));
    over(`${control}Shift-9`, (_, event) => {
      event.preventDefault();
      this.quote();
    });
    over(`${control}]`, (_, event) => {
      event.preventDefault();
      this.indent(1);
    });
    over(`${control}[`, (_, event) => {
      event.preventDefault();
      this.indent(-1);
    });
    for (const key of ["d", "Shift-5", "Shift-6"]) over(control + key, null);
    over(`${control}\\`, (_, event) => {
      event.preventDefault();
      this.removeAllFormatting();
    });
  }

  dropChip(chip: HTMLElement): void {
    const range = document.createRange();
    range.setStartBefore(chip);
    range.collapse(true);
    const line = chip.parentElement;
    chip.remove();
    // An empty line has no height without it.
    if (line && !line.textContent?.replace(/\u200b/g, "") && !line.querySelector("br, img, hr")) {
      line.append(document.createElement("br"));
      range.setStart(line, 0);
      range.collapse(true);
    }
    this.setSelection(range);
  }

  // --- What Squire would rewrite more than a letter can bear

  /** As it came: Squire's own would turn the spans of a letter into its own, and put a break into each empty cell. */
  override setHTML(html: string): this {
    this.load(clean(html).fragment);
    return this;
  }

  load(fragment: DocumentFragment): void {
    this.fields?.dress(fragment);
    familiar(fragment);
    settle(fragment, true);
    if (!fragment.firstChild) fragment.append(this.createDefaultBlock());
    // Squire's `_ignoreChange` would also swallow what is done to the sheet before the observer comes round.
    this.modifyDocument(() => {
      this._root.replaceChildren(fragment);
      this._undoIndex = -1;
      this._undoStack.length = 0;
      this._undoStackLength = 0;
      this._isInUndoState = false;
      const range = document.createRange();
      range.setStart(this._root.firstElementChild ?? this._root, 0);
      this.saveUndoState(range);
      this.setSelection(range);
      this._updatePath(range, true);
    });
    this.fireEvent("undoStateChange", { canUndo: false, canRedo: false });
  }

  override _setRawHTML(html: string): this {
    this._root.innerHTML = html;
    if (!this._root.firstChild) this._root.append(this.createDefaultBlock());
    this._ignoreChange = true;
    return this;
  }

  override getSelection(): Range {
    return outside(super.getSelection());
  }

  override setSelection(range: Range): this {
    super.setSelection(outside(range));
    return this;
  }

  /** The letter: without chips' clothes, Squire's classes and its bookmarks. */
  html(): string {
    const copy = document.implementation.createHTMLDocument("").importNode(this._root, true);
    for (const mark of copy.querySelectorAll("input")) mark.remove();
    undress(copy);
    for (const element of copy.querySelectorAll("[class]")) element.removeAttribute("class");
    for (const element of copy.querySelectorAll('[style=""]')) element.removeAttribute("style");
    for (const end of copy.querySelectorAll("br")) {
      // Holds an empty line open; after a text it shows nothing.
      const before = end.previousSibling;
      if (before && !end.nextSibling && !(before instanceof HTMLBRElement) && before.textContent && !inline.test(end.parentElement?.nodeName ?? "")) end.remove();
    }
    // The line that Squire keeps under a list or a table, to write on after it.
    const last = copy.lastElementChild;
    if (last?.outerHTML === "<div><br></div>" && last.previousElementSibling?.matches("ul, ol, table, blockquote")) last.remove();
    const html = copy.innerHTML.replace(/\u200b/g, "");
    return /^<div>(?:<br>)?<\/div>$/.test(html) ? "" : html;
  }

  // --- What the toolbar does

  get place(): Element {
    const range = this.getSelection();
    let node: Node = range.startContainer;
    // A selection that begins at the very end of one text is of the next.
    if (!(node instanceof Text)) node = node.childNodes[range.startOffset] ?? node;
    return node instanceof Element ? node : (node.parentElement ?? this._root);
  }

  /** The nearest `selector` round the caret, on the sheet. */
  around<E extends Element>(selector: string): E | null {
    const found = this.place.closest<E>(selector);
    return found && (found as Element) !== this._root && this._root.contains(found) ? found : null;
  }

  toggle(tag: string): void {
    if (this.hasFormat(tag)) this.changeFormat(null, { tag });
    else this.changeFormat({ tag });
    this.focus();
  }

  list(tag: "UL" | "OL"): void {
    if (this.around("ul, ol")?.nodeName === tag) this.removeList();
    else if (tag === "UL") this.makeUnorderedList();
    else this.makeOrderedList();
  }

  quote(): void {
    if (this.around("blockquote")) this.decreaseQuoteLevel();
    else this.increaseQuoteLevel();
  }

  indent(step: 1 | -1): void {
    if (this.around("ul, ol")) {
      if (step > 0) this.increaseListLevel();
      else this.decreaseListLevel();
      return;
    }
    this.forEachBlock((block) => {
      const depth = Math.max(0, (parseFloat(block.style.marginLeft) || 0) + step * 40);
      block.style.marginLeft = depth ? `${depth}px` : "";
      if (!block.getAttribute("style")) block.removeAttribute("style");
    }, true);
    this.focus();
  }

  align(side: string): void {
    this.setTextAlignment(side);
  }

  line(): void {
    const block = document.createElement("div");
    block.append(document.createElement("hr"));
    this.saveUndoState();
    this.insertElement(block);
  }

  /** Does something to the document as one step that can be undone. */
  step(work: () => void): void {
    this.saveUndoState();
    work();
  }

  caretIn(element: Element): void {
    const range = document.createRange();
    range.selectNodeContents(element);
    range.collapse(true);
    this.focus();
    this.setSelection(range);
    this._updatePath(range, true);
  }
}
