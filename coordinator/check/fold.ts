/** Folds pure calls of constants into literals, by the same kernels that run over rows (language.md 7.10). */
import { AssertionError } from '../../shared/base/assert.ts';
import type { Column } from '../../shared/column/column.ts';
import { StringPool } from '../../shared/column/string-pool.ts';
import { columnFromValues, columnValue } from '../../shared/column/values.ts';
import type { Value } from '../../shared/column/values.ts';
import { castColumn } from '../../shared/kernel/cast.ts';
import { evaluateCall } from '../../shared/kernel/evaluate.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import type { Span } from '../language/source.ts';
import type { LiteralExpr, RecordExpr, TypedExpr } from './typed-expr.ts';

export class ConstantFolder {
  readonly #pool = new StringPool();
  readonly #columns = new Map<TypedExpr, Column>();

  /**
   * The value of a constant expression as a literal, or as a record of such. Lists and maps have no literals: an
   * expression of such a type comes back as it is, unless it is null.
   */
  fold(expr: TypedExpr): TypedExpr {
    if (expr.op === 'literal') return expr;
    return toExpr(columnValue(this.#evaluate(expr), 0), expr.type, expr.span) ?? expr;
  }

  /** One row. Remembered, as lists are not folded and may be shared. */
  #evaluate(expr: TypedExpr): Column {
    const known = this.#columns.get(expr);
    if (known !== undefined) return known;
    const column = this.#compute(expr);
    this.#columns.set(expr, column);
    return column;
  }

  #compute(expr: TypedExpr): Column {
    const context = { length: 1, pool: this.#pool };
    switch (expr.op) {
      case 'literal':
        return columnFromValues(expr.type, [expr.value], this.#pool);
      case 'cast':
        return castColumn(this.#evaluate(expr.input), expr.type, context);
      case 'field': {
        const base = this.#evaluate(expr.base);
        return evaluateCall('field', [base], expr.type, { ...context, field: expr.name });
      }
      case 'record':
      case 'reshape': {
        const children = expr.values.map((value) => this.#evaluate(value));
        return { physical: 'record', type: expr.type, length: 1, validity: null, children };
      }
      case 'call': {
        const args = expr.args.map((arg) => this.#evaluate(arg));
        return evaluateCall(expr.fn, args, expr.type, context);
      }
      default:
        throw new AssertionError(`fold: ${expr.op} is never constant`);
    }
  }
}

function toExpr(value: Value, type: DataType, span: Span): LiteralExpr | RecordExpr | null {
  const facts = { grouping: null, span };
  if (value === null || typeof value !== 'object') return { op: 'literal', type, value, ...facts };
  if (type.kind !== 'record') return null;
  // The value of a record column is an object with exactly the fields of its type.
  const record = value as { readonly [name: string]: Value };
  const values: TypedExpr[] = [];
  for (const field of type.fields) {
    const folded = toExpr(record[field.name]!, field.type, span);
    if (folded === null) return null;
    values.push(folded);
  }
  return { op: 'record', type, values, ...facts };
}
