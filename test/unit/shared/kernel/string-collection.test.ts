import { describe, expect, it } from 'vitest';
import { call, callField } from './call.ts';
import { BOOL, F64, I32, I64, scalar, STRING, U64 } from '../../../../shared/types/data-type.ts';
import type { DataType } from '../../../../shared/types/data-type.ts';

const JSON_TYPE = scalar('json');
const I64_LIST: DataType = { kind: 'list', element: I64 };

describe('strings', () => {
  it('len counts bytes', () => {
    expect(call('len', I32, [STRING, ['é', 'héllo', '', null]])).toEqual([2, 6, 0, null]);
  });

  it('upper and lower map by Unicode', () => {
    expect(call('upper', STRING, [STRING, ['straße', null, 'a']])).toEqual(['STRASSE', null, 'A']);
    expect(call('lower', STRING, [STRING, ['ÀB', 'ÀB']])).toEqual(['àb', 'àb']);
  });

  it.each([
    ['Hello World', -3n, null, 'rld'],
    ['Hello World', 3n, -3n, 'lo Wo'],
    ['hi', -3n, null, ''],
    ['hi', null, -3n, ''],
    ['abcdef', 2n, 4n, 'cd'],
    ['abcdef', -2n, null, 'ef'],
    ['abcdef', 4n, 2n, ''],
    ['abcdef', 3n, 99n, 'def'],
    ['abcdef', 99n, null, ''],
    ['héé€𝄞x', 1n, 5n, 'éé€𝄞'],
    ['héé€𝄞x', -2n, null, '𝄞x'],
    [null, 0n, 1n, null],
  ])('substring(%j, %s, %s) is %j', (text, start, end, expected) => {
    expect(call('substring', STRING, [STRING, [text]], [I64, [start]], [I64, [end]])).toEqual([
      expected,
    ]);
  });
});

describe('json', () => {
  function field(text: string | null, name: string): unknown {
    return callField('field', name, STRING, [JSON_TYPE, [text]])[0];
  }

  it('gives strings as they are and other values as compact text', () => {
    const text =
      '{"a": 10, "b": {"c": [1, 2.50 , "x\\u00e9\\n"], "z": {}}, "s": "q\\"t", "n": null, "e": 1E5, "t" : true, "l": [ ] }';
    expect(field(text, 'a')).toBe('10');
    expect(field(text, 'b')).toBe('{"c":[1,2.50,"xé\\n"],"z":{}}');
    expect(field(text, 's')).toBe('q"t');
    expect(field(text, 'n')).toBe(null);
    expect(field(text, 'e')).toBe('1E5');
    expect(field(text, 't')).toBe('true');
    expect(field(text, 'l')).toBe('[]');
    expect(field(text, 'missing')).toBe(null);
    expect(field('{"s":"null"}', 's')).toBe('null');
    expect(field('{"b": {"c": [1]}}', 'b')).toBe('{"c":[1]}');
    expect(field('{"a":1,"a":2}', 'a')).toBe('2');
  });

  it('is null for texts that are no JSON object', () => {
    const texts = [
      '',
      '[1]',
      '5',
      '"a"',
      '{',
      '{"a":1',
      '{"a":1}x',
      '{"a":01}',
      '{a:1}',
      '{"a":1,}',
      '{"a" 1}',
      '{"a":"\t"}',
      '{"a":"\\x"}',
      '{"a":tru}',
      `{"a":${'['.repeat(5000)}`,
    ];
    for (const text of texts) expect([text, field(text, 'a')]).toEqual([text, null]);
    expect(field(null, 'a')).toBe(null);
  });
});

describe('lists and maps', () => {
  it('index is zero-based, null outside', () => {
    const lists = [[5n, 6n], [5n, 6n], [5n], null, [1n], [1n]];
    const at = [1n, -1n, 1n, 0n, null, 2n ** 32n];
    expect(call('index', I64, [I64, at], [I64_LIST, lists])).toEqual([
      6n,
      null,
      null,
      null,
      null,
      null,
    ]);
  });

  it('list_len counts null elements', () => {
    expect(call('list_len', I32, [I64_LIST, [[1n, null], [], null]])).toEqual([2, 0, null]);
  });

  it('get finds keys of any type', () => {
    const map: DataType = { kind: 'map', key: STRING, value: I64 };
    const entries = [
      ['f1', 0n],
      ['f2', 22n],
    ] as const;
    expect(
      call(
        'get',
        I64,
        [STRING, ['f2', 'zz', null, 'f1', 'f1']],
        [map, [entries, entries, entries, null, entries]],
      ),
    ).toEqual([22n, null, null, null, 0n]);
    const byBool: DataType = { kind: 'map', key: BOOL, value: STRING };
    expect(
      call(
        'get',
        STRING,
        [BOOL, [false]],
        [
          byBool,
          [
            [
              [true, 'y'],
              [false, 'n'],
            ],
          ],
        ],
      ),
    ).toEqual(['n']);
    const byNumber: DataType = { kind: 'map', key: U64, value: F64 };
    expect(call('get', F64, [U64, [4n, 5n]], [byNumber, [[[4n, 1.5]], [[4n, 1.5]]]])).toEqual([
      1.5,
      null,
    ]);
  });

  it('flatten joins one level and skips null lists', () => {
    const nested: DataType = { kind: 'list', element: I64_LIST };
    expect(
      call('flatten', I64_LIST, [nested, [[[1n, 2n], null, [3n]], [], null, [[null]]]]),
    ).toEqual([[1n, 2n, 3n], [], null, [null]]);
  });

  it('union keeps first occurrences and is never null', () => {
    const left = [I64_LIST, [[1n, 2n], null, [1n, 1n], [null, 3n], null]] as const;
    const right = [I64_LIST, [[2n, 3n], [4n, 4n], [], [3n, null], null]] as const;
    expect(call('union', I64_LIST, left, right)).toEqual([
      [1n, 2n, 3n],
      [4n],
      [1n],
      [null, 3n],
      [],
    ]);
    const strings: DataType = { kind: 'list', element: STRING };
    expect(call('union', strings, [strings, [['a', 'b']]], [strings, [['b', 'c']]])).toEqual([
      ['a', 'b', 'c'],
    ]);
    const floats: DataType = { kind: 'list', element: F64 };
    expect(call('union', floats, [floats, [[0, NaN]]], [floats, [[-0, NaN]]])).toEqual([
      [0, NaN, -0],
    ]);
  });
});

describe('records', () => {
  const type: DataType = {
    kind: 'record',
    fields: [
      { name: 'a', type: I64 },
      { name: 'b', type: STRING },
    ],
  };

  it('record is never null, field is null where the record is', () => {
    expect(call('record', type, [I64, [1n, null]], [STRING, [null, null]])).toEqual([
      { a: 1n, b: null },
      { a: null, b: null },
    ]);
    expect(callField('field', 'b', STRING, [type, [{ a: 1n, b: 'x' }, null]])).toEqual(['x', null]);
  });

  it('field of a list of records is a list', () => {
    const list: DataType = { kind: 'list', element: type };
    const strings: DataType = { kind: 'list', element: STRING };
    expect(
      callField('field', 'b', strings, [
        list,
        [[{ a: 1n, b: 'x' }, null, { a: 1n, b: null }], null, []],
      ]),
    ).toEqual([['x', null, null], null, []]);
  });

  it('is_valid sees the record, not its fields', () => {
    expect(call('is_valid', BOOL, [type, [{ a: null, b: null }, null]])).toEqual([true, false]);
    expect(call('is_valid', BOOL, [scalar('null'), [null]])).toEqual([false]);
    expect(call('is_valid', BOOL, [I64, [1n]])).toEqual([true]);
  });

  it('hash is never null', () => {
    expect(call('hash', U64, [STRING, ['x', null]])).toEqual([7849170916136910283n, 0n]);
  });
});
