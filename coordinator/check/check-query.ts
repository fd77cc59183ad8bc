/** The checker's entry point: query text, formulas and tables to a typed expression or diagnostics. */
import { diagnostic } from '../language/diagnostics/diagnostic.ts';
import type { Diagnostic } from '../language/diagnostics/diagnostic.ts';
import { parse } from '../language/parser.ts';
import { Source } from '../language/source.ts';
import type { Span } from '../language/source.ts';
import { reportFreeTick } from './build-special.ts';
import { FAILED, typeOf } from './checked.ts';
import type { Checked, Value } from './checked.ts';
import { Checker } from './checker.ts';
import { CheckContext } from './context.ts';
import { orderFormulas } from './formulas.ts';
import { showType } from './record-type.ts';
import { isDuration, isTimedelta } from './type-class.ts';
import type { Formula, TableSchema, TypedExpr } from './typed-expr.ts';

export interface CheckInput {
  readonly query: string;
  readonly formulas: readonly Formula[];
  readonly tables: readonly TableSchema[];
  /** `formula` admits any type and no table: an expression to be named, not run. Default `complete`. */
  readonly kind?: 'complete' | 'formula';
}

export interface CheckResult {
  /** Null iff there is an error among the diagnostics. */
  readonly expr: TypedExpr | null;
  /** In order of detection. */
  readonly diagnostics: Diagnostic[];
}

/** Parses, resolves and types a query. Never throws on what a user can write. */
export function checkQuery(input: CheckInput): CheckResult {
  const parsed = parse(new Source('query', 'Query', input.query));
  // With a syntax error of its own, a query is not said to reach any formula.
  if (parsed.diagnostics.length > 0) return { expr: null, diagnostics: [...parsed.diagnostics] };
  const context = new CheckContext(input.tables);
  const { diagnostics } = context;
  const formulas = orderFormulas(input.formulas, parsed.expr, diagnostics);
  const checker = new Checker(
    context,
    new Map(input.tables.map((table) => [table.name, table])),
    input.formulas.map((formula) => formula.name),
  );
  for (const { name, expr } of formulas) {
    checker.defineFormula(name, expr === null ? FAILED : checker.checkRoot(expr));
  }
  const root = checker.checkRoot(parsed.expr);
  if (diagnostics.errorCount === 0) checkResult(context, root, input.kind ?? 'complete');
  const expr = diagnostics.errorCount === 0 && root.kind === 'value' ? root.expr : null;
  return { expr, diagnostics: diagnostics.toArray() };
}

/** What must hold of a query as a whole, beyond its parts. */
function checkResult(context: CheckContext, root: Checked, kind: 'complete' | 'formula'): void {
  if (root.kind === 'failed') return;
  if (root.kind === 'window') {
    reportOutput(context, 'Output type must be a record, but was window');
    return;
  }
  if (kind === 'complete') {
    const type = typeOf(root);
    if (type.kind !== 'record') {
      reportOutput(context, `Output type must be a record, but was ${showType(type)}`);
      return;
    }
    if (!root.hasRows) {
      reportOutput(context, 'Query does not depend on any table');
      return;
    }
    checkFieldTypes(context, root);
    for (const tick of freeTicks(root)) reportFreeTick(context, tick);
  }
  for (const at of context.rowless) {
    const message = 'Argument depends on no table, so it has no rows to work on';
    context.diagnostics.report(diagnostic('E0010', message, { at }));
  }
}

function checkFieldTypes(context: CheckContext, { expr, fields }: Value): void {
  if (expr.type.kind !== 'record') return;
  for (const [index, { name, type }] of expr.type.fields.entries()) {
    if (!isTimedelta(type)) continue;
    const suggestion = isDuration(type) ? 'i64' : 'i32';
    const message = `Output field '${name}' has unsupported output type '${showType(type)}'. Try adding 'as ${suggestion}'`;
    reportOutput(context, message, fields?.[index]?.expr.span ?? null);
  }
}

/** One place per field that has a free tick, as a value has only room for one. */
function freeTicks({ freeTick, fields }: Value): Set<Span> {
  const ticks = (fields ?? []).map((field) => field.freeTick).filter((tick) => tick !== null);
  // Where no field has it, the tick adds its rows to a record that the result is a field of.
  return new Set(ticks.length > 0 || freeTick === null ? ticks : [freeTick]);
}

function reportOutput(context: CheckContext, message: string, at: Span | null = null): void {
  context.diagnostics.report(diagnostic('E0013', message, { at }));
}
