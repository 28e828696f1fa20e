// Editors: YAML with its findings in the margin. A text goes in and comes out byte for byte; Tab leaves an editor.

import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, foldKeymap, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, RangeSetBuilder, StateEffect, StateField, Transaction, type Extension } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, gutter, GutterMarker, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers, type DecorationSet } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { Finding } from "./report";

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--key)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--string)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--comment)", fontStyle: "italic" },
  { tag: [tags.meta, tags.typeName, tags.labelName, tags.keyword], color: "var(--meta)" },
  { tag: [tags.separator, tags.punctuation, tags.bracket], color: "var(--faint)" },
]);

// A carriage return at the end of a line is shown as what it is, and does not shout.
const specials = highlightSpecialChars({
  render: (code, description, placeholder) => {
    const span = document.createElement("span");
    span.className = code === 13 ? "cm-specialChar cm-cr" : "cm-specialChar";
    span.textContent = code === 13 ? "␍" : placeholder ?? "•";
    span.title = description ?? "";
    return span;
  },
});

function base(label: string, id: string): Extension {
  return [
    // Only a line feed ends a line here: so no byte is lost.
    EditorState.lineSeparator.of("\n"),
    lineNumbers(),
    specials,
    drawSelection(),
    highlightSelectionMatches(),
    bracketMatching(),
    yaml(),
    syntaxHighlighting(colours),
    keymap.of([...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...lintKeymap]),
    EditorView.contentAttributes.of({ "aria-label": label, id, tabindex: "0" }),
  ];
}

/** What a line feed ends, counted from 1, and characters in it. */
function offset(state: EditorState, line: number, column: number): number {
  const at = state.doc.line(Math.min(Math.max(line, 1), state.doc.lines));
  // A column counts characters; a text here counts UTF-16 units.
  let left = column - 1;
  let units = 0;
  for (const character of at.text) {
    if (left-- <= 0) break;
    units += character.length;
  }
  return at.from + units;
}

/** The smallest change that makes one text of another. */
function difference(old: string, text: string) {
  let from = 0;
  const most = Math.min(old.length, text.length);
  while (from < most && old.charCodeAt(from) === text.charCodeAt(from)) from++;
  let tail = 0;
  while (tail < most - from && old.charCodeAt(old.length - 1 - tail) === text.charCodeAt(text.length - 1 - tail)) tail++;
  return { from, to: old.length - tail, insert: text.slice(from, text.length - tail) };
}

class TextView {
  readonly view: EditorView;

  constructor(readonly parent: HTMLElement, extensions: Extension) {
    // Not yet in the page: so that the browser lays it out once, with all editors and their texts.
    this.view = new EditorView({ state: EditorState.create({ extensions }) });
  }

  /** Puts it into the page. */
  attach() {
    this.parent.append(this.view.dom);
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  /** Another text; what is equal stays where it is. */
  set(text: string) {
    const old = this.text;
    if (old !== text) this.view.dispatch({ changes: difference(old, text), annotations: Transaction.remote.of(true) });
  }

  /** Goes to a place. */
  goTo(line: number, column = 1) {
    const at = offset(this.view.state, line, column);
    this.view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
    this.view.focus();
    this.view.dom.scrollIntoView({ block: "nearest" });
  }
}

/** A text that is edited. */
export class Editor extends TextView {
  constructor(parent: HTMLElement, label: string, changed: () => void) {
    const extensions = [
      base(label, `${parent.id}-text`),
      history(),
      foldGutter(),
      indentOnInput(),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      lintGutter(),
      EditorView.updateListener.of((update) => update.docChanged && changed()),
    ];
    super(parent, extensions);
  }

  /** Puts findings at their lines. */
  show(findings: Finding[]) {
    const { state } = this.view;
    const diagnostics = findings.map((finding): Diagnostic => {
      const from = offset(state, finding.line ?? 1, finding.column ?? 1);
      const end = finding.endLine ? offset(state, finding.endLine, finding.endColumn ?? 1) : from;
      const line = state.doc.lineAt(from);
      return {
        from,
        // What spans lines is marked to the end of its first one.
        to: Math.max(from, Math.min(end > from ? end : line.to, line.to)),
        severity: finding.severity,
        source: finding.id,
        message: finding.remedy ? `${finding.message}\n${finding.remedy}` : finding.message,
      };
    });
    this.view.dispatch(setDiagnostics(state, diagnostics));
  }
}

const mark = StateEffect.define<number[]>();
const added = Decoration.line({ class: "added" });

class Plus extends GutterMarker {
  override elementClass = "added-sign";
  override toDOM = () => document.createTextNode("+");
}
const plus = new Plus();

/** The lines that are marked. */
const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(set, transaction) {
    const lines = transaction.effects.find((effect) => effect.is(mark))?.value as number[] | undefined;
    if (!lines) return set.map(transaction.changes);
    const builder = new RangeSetBuilder<Decoration>();
    const { doc } = transaction.state;
    for (const line of lines) if (line <= doc.lines) builder.add(doc.line(line).from, doc.line(line).from, added);
    return builder.finish();
  },
  provide: (field) => [
    EditorView.decorations.from(field),
    gutter({
      class: "added-gutter",
      lineMarker(view, line) {
        let found = false;
        view.state.field(field).between(line.from, line.from, () => void (found = true));
        return found ? plus : null;
      },
      lineMarkerChange: () => true,
      initialSpacer: () => plus,
    }),
  ],
});

/** A text that is read, with lines that are marked. */
export class Output extends TextView {
  constructor(parent: HTMLElement, label: string) {
    const extensions = [base(label, `${parent.id}-text`), marks, EditorState.readOnly.of(true)];
    super(parent, extensions);
  }

  #lines: number[] = [];
  #at = 0;

  show(text: string, lines: number[]) {
    const first = !this.#lines.length;
    this.set(text);
    this.view.dispatch({ effects: mark.of(lines) });
    this.#lines = lines;
    if (first && lines[0]) this.#scrollTo(lines[0]);
  }

  /** Goes to the next lines that are marked, after the last to the first. */
  next() {
    const begins = this.#lines.filter((line, i) => this.#lines[i - 1] !== line - 1);
    const line = begins.find((line) => line > this.#at) ?? begins[0];
    if (line) this.#scrollTo(line);
  }

  #scrollTo(line: number) {
    this.#at = line;
    this.view.dispatch({ effects: EditorView.scrollIntoView(this.view.state.doc.line(line).from, { y: "center" }) });
  }
}
