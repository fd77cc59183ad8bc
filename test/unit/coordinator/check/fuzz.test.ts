/** Whatever text comes as a query: the compiler answers with a plan or with diagnostics that have their place in the text. */
import { describe, expect, test } from 'vitest';
import { checkQuery } from '../../../../coordinator/check/check-query.ts';
import type { TableSchema } from '../../../../coordinator/check/typed-expr.ts';
import { CODES } from '../../../../coordinator/language/diagnostics/codes.ts';
import { formatDiagnostic } from '../../../../coordinator/language/diagnostics/render.ts';
import { buildPlan } from '../../../../coordinator/plan/logical/build.ts';
import { lowerPlan } from '../../../../coordinator/plan/lower/lower.ts';
import { optimizePlan } from '../../../../coordinator/plan/optimize/optimizer.ts';
import { AppError } from '../../../../shared/base/app-error.ts';
import { I64, STRING, TIMESTAMP_NS } from '../../../../shared/types/data-type.ts';
import { columnTypes, generateDataset } from '../../../support/generate/generate-tables.ts';
import type { Dataset } from '../../../support/generate/generate-tables.ts';
import { generateQuery } from '../../../support/generate/generate-query.ts';
import {
  EXCESSES,
  mutated,
  randomCharacters,
  randomTokens,
} from '../../../support/generate/mangled-text.ts';
import { Rng } from '../../../support/generate/rng.ts';

const SEED = 11;

/** Milliseconds for one text, however loaded the machine is. */
const TEXT_MS_MAX = 20_000;

const T: TableSchema = {
  name: 'T',
  type: {
    kind: 'record',
    fields: [
      { name: 'at', type: TIMESTAMP_NS },
      { name: 'who', type: STRING },
      { name: 'n', type: I64 },
    ],
  },
  grouping: 'who',
  keyColumn: 'who',
  keyType: STRING,
};

function schemasOf(dataset: Dataset): TableSchema[] {
  return dataset.tables.map((table) => {
    const types = columnTypes(table);
    const fields = [...types].map(([name, type]) => ({ name, type }));
    const { name, grouping, key } = table;
    const type = { kind: 'record', fields } as const;
    return { name, type, grouping, keyColumn: key, keyType: types.get(key)! };
  });
}

/** What became of a text: `planned`, `rejected`, or `refused` where a limit of plans is passed. Throws what is our mistake. */
function compile(
  query: string,
  tables: readonly TableSchema[],
): 'planned' | 'rejected' | 'refused' {
  const started = performance.now();
  const { expr, diagnostics } = checkQuery({ query, formulas: [], tables });
  for (const item of diagnostics) {
    expect(CODES[item.code].severity, item.message).not.toBe('bug');
    for (const { span } of item.labels) {
      const { length } = span.source.text;
      expect(0 <= span.start && span.start <= span.end && span.end <= length, item.message).toBe(
        true,
      );
    }
    expect(formatDiagnostic(item)).toContain(item.code);
  }
  const hasErrors = diagnostics.some((item) => item.severity === 'error');
  expect(expr === null).toBe(hasErrors);
  const outcome = expr === null ? 'rejected' : plan(expr, tables);
  expect(performance.now() - started).toBeLessThan(TEXT_MS_MAX);
  return outcome;
}

function plan(
  expr: NonNullable<ReturnType<typeof checkQuery>['expr']>,
  tables: readonly TableSchema[],
): 'planned' | 'refused' {
  try {
    const built = buildPlan(expr, {
      tables: new Map(tables.map((table) => [table.name, table])),
      keyTypes: new Map(tables.map((table) => [table.grouping, table.keyType])),
    });
    const { plan: logical } = optimizePlan(built);
    lowerPlan(logical, {
      results: 'history',
      finalAt: false,
      hasStaticBounds: () => false,
      broadcasts: new Set(),
    });
    return 'planned';
  } catch (error) {
    if (error instanceof AppError && error.class === 'user') return 'refused';
    throw error;
  }
}

/** Compiles a text per case; a failure tells the seed and the text. */
function compileAll(count: number, make: (rng: Rng) => [string, TableSchema[]]): Set<string> {
  const outcomes = new Set<string>();
  for (let index = 0; index < count; index++) {
    const seed = SEED * 1_000_003 + index;
    const [query, tables] = make(new Rng(seed));
    try {
      outcomes.add(compile(query, tables));
    } catch (cause) {
      throw new Error(`seed ${seed}: ${JSON.stringify(query)}`, { cause });
    }
  }
  return outcomes;
}

describe('the compiler', () => {
  test('takes any characters', () => {
    expect(compileAll(4_000, (rng) => [randomCharacters(rng), [T]])).toContain('rejected');
  });

  test('takes any tokens', () => {
    const names = ['T', 'n', 'who', 'at', 'x', 'window', 'i64', 'list'];
    expect(compileAll(4_000, (rng) => [randomTokens(rng, names), [T]])).toContain('rejected');
  });

  test('takes queries that went wrong somewhere', () => {
    const outcomes = compileAll(1_500, (rng) => {
      const dataset = generateDataset(rng);
      const names = dataset.tables.flatMap(({ name, header }) => [name, ...header]);
      return [mutated(rng, generateQuery(rng, dataset), names), schemasOf(dataset)];
    });
    expect(outcomes).toContain('rejected');
    expect(outcomes).toContain('planned');
  });

  describe.each(EXCESSES)('takes many %s', (_, make) => {
    test.each([10, 100, 499, 700, 20_000, 300_000])('%i', (count) => {
      compile(make(count), [T]);
    });
  });
});
