/** Tables and shorthands for tests of the checker. */
import { checkQuery } from '../../../../coordinator/check/check-query.ts';
import type { CheckResult } from '../../../../coordinator/check/check-query.ts';
import type { Formula, TableSchema, TypedExpr } from '../../../../coordinator/check/typed-expr.ts';
import { reportDiagnostic } from '../../../../coordinator/language/diagnostics/render.ts';
import type { DataType } from '../../../../shared/types/data-type.ts';
import { I64, STRING, printType, scalar } from '../../../../shared/types/data-type.ts';

function table(
  name: string,
  columns: Readonly<Record<string, DataType>>,
  options: { grouping?: string; keyType?: DataType } = {},
): TableSchema {
  const fields = Object.entries(columns).map(([field, type]) => ({ name: field, type }));
  const { grouping = 'shopper', keyType = STRING } = options;
  return { name, type: { kind: 'record', fields }, grouping, keyType, keyColumn: fields[0]!.name };
}

const TIME = scalar('timestamp_s');

/** Num and Str are those of language.md 9.3, Buy and Visit those of its running examples. */
export const TABLES: readonly TableSchema[] = [
  table('Num', { time: TIME, subsort: I64, key: STRING, m: I64, n: I64 }),
  table('Str', { time: TIME, s: STRING, n: I64 }),
  table('Buy', { at: TIME, seq: I64, who: STRING, qty: I64, price: scalar('f64') }),
  table('Visit', { at: TIME, seq: I64, who: STRING, page: STRING }),
  table('Pay', { at: TIME, seq: I64, who: STRING, amount: I64 }),
  table('Names', { at: TIME, code: I64, name: STRING }, { grouping: 'code', keyType: I64 }),
  table('Wide', {
    ...Object.fromEntries(
      ['bool', 'i8', 'i32', 'u8', 'u16', 'u32', 'u64', 'f32', 'f64', 'timestamp_ms', 'date'].map(
        (kind) => [kind, scalar(kind as 'bool')],
      ),
    ),
    dur: scalar('duration_s'),
  }),
  table('Lists', {
    m: { kind: 'map', key: STRING, value: I64 },
    um: { kind: 'map', key: scalar('u64'), value: I64 },
    a: { kind: 'list', element: I64 },
    l: { kind: 'list', element: { kind: 'list', element: I64 } },
    r: { kind: 'list', element: { kind: 'record', fields: [{ name: 'x', type: STRING }] } },
    js: STRING,
  }),
];

export function check(query: string, formulas: readonly Formula[] = []): CheckResult {
  return checkQuery({ query, formulas, tables: TABLES });
}

/** `E0001@8` for an error at column 8 of the first line, `W2001:warning@3` for a warning. */
export function problems(query: string, formulas: readonly Formula[] = []): string[] {
  return check(query, formulas).diagnostics.map((item) => {
    const { severity, code, location } = reportDiagnostic(item);
    const place =
      location === null
        ? ''
        : `${location.line === 1 ? '' : `${location.line}:`}${location.column}`;
    return `${code}${severity === 'warning' ? ':warning' : ''}@${place}`;
  });
}

export function valid(query: string, formulas: readonly Formula[] = []): TypedExpr {
  const { expr, diagnostics } = check(query, formulas);
  if (expr === null) throw new Error(diagnostics.map((item) => item.message).join('; '));
  return expr;
}

/** The typed expression of `expression`, as the only field of a query. */
export function typed(expression: string): TypedExpr {
  const expr = valid(`{ x: ${expression}, rows: Num.n }`);
  if (expr.op !== 'record') throw new Error(`expected a record, got ${expr.op}`);
  return expr.values[0]!;
}

export function typeName(expression: string): string {
  return printType(typed(expression).type);
}
