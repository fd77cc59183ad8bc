/** Formulas in the order of their dependencies (language.md 8.1). */
import type { Expr } from '../language/ast.ts';
import { diagnostic } from '../language/diagnostics/diagnostic.ts';
import type { DiagnosticList } from '../language/diagnostics/diagnostic.ts';
import { FORMULA_COUNT_MAX } from '../language/limits.ts';
import { parse } from '../language/parser.ts';
import { Source } from '../language/source.ts';
import type { Span } from '../language/source.ts';
import { isIdentifier } from '../language/token.ts';
import { freeNames } from './free-names.ts';
import type { Formula } from './typed-expr.ts';

/** A formula that the query reaches. Those it refers to stand before it. */
export interface OrderedFormula {
  readonly name: string;
  /** Null if it has a syntax error or refers to itself; the reason has been reported. */
  readonly expr: Expr | null;
}

interface Node {
  readonly name: string;
  readonly source: Source;
  expr: Expr | null;
  references: readonly (readonly [Node, Span])[];
  state: 'unseen' | 'open' | 'done';
}

/** The formulas reached from `query`, dependencies first. Others are not even parsed. */
export function orderFormulas(
  formulas: readonly Formula[],
  query: Expr,
  diagnostics: DiagnosticList,
): OrderedFormula[] {
  const nodes = defineNodes(formulas, diagnostics);
  const ordered: OrderedFormula[] = [];
  for (const name of freeNames(query).keys()) {
    const node = nodes.get(name);
    if (node !== undefined) visit(node, nodes, ordered, diagnostics);
  }
  return ordered;
}

function defineNodes(formulas: readonly Formula[], diagnostics: DiagnosticList): Map<string, Node> {
  const nodes = new Map<string, Node>();
  if (formulas.length > FORMULA_COUNT_MAX) {
    const message = `More than ${FORMULA_COUNT_MAX} formulas`;
    diagnostics.report(diagnostic('E0011', message));
    return nodes;
  }
  for (const { name, text, label } of formulas) {
    const sourceLabel = label === undefined ? `Formula: ${name}` : `'${label}'`;
    const source = new Source('formula', sourceLabel, text);
    const first = nodes.get(name);
    if (!isIdentifier(name)) {
      const message = `Formula name '${name}' is not an identifier`;
      diagnostics.report(diagnostic('E0003', message, { at: startOf(source) }));
    } else if (first !== undefined) {
      const message = `Formula '${name}' is already defined`;
      const secondary = [{ span: startOf(first.source), text: 'first defined here' }];
      diagnostics.report(diagnostic('E0004', message, { at: startOf(source), secondary }));
    } else {
      nodes.set(name, { name, source, expr: null, references: [], state: 'unseen' });
    }
  }
  return nodes;
}

/** Depth first, with a stack of its own: a chain of formulas may be longer than a stack of calls. */
function visit(
  root: Node,
  nodes: ReadonlyMap<string, Node>,
  ordered: OrderedFormula[],
  diagnostics: DiagnosticList,
): void {
  if (root.state !== 'unseen') return;
  const path = [{ node: root, next: 0 }];
  open(root, nodes, diagnostics);
  while (path.length > 0) {
    const top = path.at(-1)!;
    const reference = top.node.references[top.next++];
    if (reference === undefined) {
      top.node.state = 'done';
      ordered.push({ name: top.node.name, expr: top.node.expr });
      path.pop();
      continue;
    }
    const [target] = reference;
    if (target.state === 'unseen') {
      open(target, nodes, diagnostics);
      path.push({ node: target, next: 0 });
    } else if (target.state === 'open') {
      const start = path.findIndex(({ node }) => node === target);
      reportCycle(path.slice(start), diagnostics);
    }
  }
}

/** Parses a formula when it is first reached. */
function open(node: Node, nodes: ReadonlyMap<string, Node>, diagnostics: DiagnosticList): void {
  node.state = 'open';
  const parsed = parse(node.source);
  for (const item of parsed.diagnostics) diagnostics.report(item);
  if (parsed.diagnostics.length > 0) return;
  node.expr = parsed.expr;
  node.references = [...freeNames(parsed.expr)].flatMap(([name, span]) => {
    const target = nodes.get(name);
    return target === undefined ? [] : [[target, span] as const];
  });
}

/** `cycle` holds each formula with the index after that of its reference to the next one, the last to the first. */
function reportCycle(
  cycle: readonly { readonly node: Node; readonly next: number }[],
  diagnostics: DiagnosticList,
): void {
  const labels = cycle.map(({ node, next }) => {
    const [target, span] = node.references[next - 1]!;
    const text = `Formula '${target.name}' referenced here in '${node.name}'`;
    return { span, text, primary: true };
  });
  const names = cycle.map(({ node }) => `'${node.name}'`).join(', ');
  diagnostics.report({
    ...diagnostic('E0012', `Formulas refer to each other in a circle: ${names}`),
    labels,
  });
  for (const { node } of cycle) node.expr = null;
}

function startOf(source: Source): Span {
  return { source, start: 0, end: source.text.length };
}
