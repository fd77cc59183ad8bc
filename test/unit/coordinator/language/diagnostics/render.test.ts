import { describe, expect, test } from 'vitest';
import { CODES } from '../../../../../coordinator/language/diagnostics/codes.ts';
import type { Code } from '../../../../../coordinator/language/diagnostics/codes.ts';
import { diagnostic } from '../../../../../coordinator/language/diagnostics/diagnostic.ts';
import {
  explainCode,
  formatDiagnostic,
  reportDiagnostic,
} from '../../../../../coordinator/language/diagnostics/render.ts';
import { Source } from '../../../../../coordinator/language/source.ts';
import type { Span } from '../../../../../coordinator/language/source.ts';

function spanOf(source: Source, text: string, from = 0): Span {
  const start = source.text.indexOf(text, from);
  return { source, start, end: start + text.length };
}

const query = new Source('query', 'Query', '{ x: Buy.foo }');

describe('formatDiagnostic', () => {
  test('one label and a note', () => {
    const item = diagnostic('E0001', "No field named 'foo'", {
      at: spanOf(query, 'foo'),
      notes: ["Nearest fields: 'who', 'at', 'qty', 'seq', 'price'"],
    });
    expect(formatDiagnostic(item)).toBe(
      [
        'error[E0001]: Illegal field reference',
        '  --> Query:1:10',
        '  |',
        '1 | { x: Buy.foo }',
        "  |          ^^^ No field named 'foo'",
        '  |',
        "  = Nearest fields: 'who', 'at', 'qty', 'seq', 'price'",
        '',
        '',
      ].join('\n'),
    );
  });

  test('several labels on one line hang below it', () => {
    const source = new Source('query', 'Query', '{ c: coalesce(Num.m, "hello") }');
    const item = diagnostic('E0015', "Incompatible types for call to 'coalesce'", {
      at: spanOf(source, 'coalesce'),
      secondary: [
        { span: spanOf(source, 'Num.m'), text: 'Type: i64' },
        { span: spanOf(source, '"hello"'), text: 'Type: string' },
      ],
    });
    expect(formatDiagnostic(item).split('\n').slice(3, 8)).toEqual([
      '1 | { c: coalesce(Num.m, "hello") }',
      '  |      ^^^^^^^^ -----  ------- Type: string',
      '  |      |        |',
      '  |      |        Type: i64',
      "  |      Incompatible types for call to 'coalesce'",
    ]);
  });

  test('one block per source, gutters of one width', () => {
    const lines = new Source('query', 'Query', `${'\n'.repeat(11)}json(json)`);
    const signature = new Source('signature', "built-in signature 'f'", 'json(s: string) -> json');
    const item = diagnostic('E0010', 'Invalid types', {
      at: spanOf(lines, 'json'),
      secondary: [{ span: spanOf(signature, 'string'), text: 'Expected type: string' }],
    });
    expect(formatDiagnostic(item).split('\n')).toEqual([
      'error[E0010]: Invalid argument type(s)',
      '   --> Query:12:1',
      '   |',
      '12 | json(json)',
      '   | ^^^^ Invalid types',
      '   |',
      "   --> built-in signature 'f':1:9",
      '   |',
      ' 1 | json(s: string) -> json',
      '   |         ------ Expected type: string',
      '',
      '',
    ]);
  });

  test('without a place the message is a note', () => {
    const item = diagnostic('E0013', 'Output type must be a record, but was i64');
    expect(formatDiagnostic(item)).toBe(
      'error[E0013]: Invalid output type\n = Output type must be a record, but was i64\n\n',
    );
  });

  test('a long line is shown around its label, and tabs take one column', () => {
    const source = new Source('query', 'Query', `\t${'x'.repeat(5000)}+bad+${'y'.repeat(5000)}`);
    const lines = formatDiagnostic(diagnostic('E0006', 'no', { at: spanOf(source, 'bad') })).split(
      '\n',
    );
    expect(lines[1]).toBe('  --> Query:1:5003');
    expect(lines[3]!.length).toBeLessThan(220);
    expect(lines[3]!.slice(lines[4]!.indexOf('^')).startsWith('bad')).toBe(true);
  });

  test('a span over several lines is underlined to the end of its first', () => {
    const source = new Source('query', 'Query', 'ab(\n\n)');
    const item = diagnostic('E0008', 'no', { at: { source, start: 0, end: 6 } });
    expect(formatDiagnostic(item).split('\n').slice(3, 5)).toEqual(['1 | ab(', '  | ^^^ no']);
  });
});

describe('reportDiagnostic', () => {
  test('gives the place in the text of the user', () => {
    const formula = new Source('formula', "'mine'", 'a\n + b');
    const internal = new Source('internal', 'inferred $input', '$input');
    const item = diagnostic('E0010', 'no', {
      at: spanOf(internal, '$input'),
      secondary: [{ span: spanOf(formula, 'b'), text: 'here' }],
    });
    expect(reportDiagnostic(item).location).toEqual({ part: 'formula', line: 2, column: 4 });
    expect(reportDiagnostic(diagnostic('E0013', 'no')).location).toBeNull();
  });
});

test('every code explains itself', () => {
  for (const code of Object.keys(CODES) as Code[]) {
    expect(explainCode(code)).toContain(code);
    expect(CODES[code].explanation).toMatch(/\.$/);
  }
});
