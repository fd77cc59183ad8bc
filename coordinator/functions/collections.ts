/** Lists and maps (language.md 7.8). */
import type { FunctionEntry } from './entry.ts';

export const COLLECTIONS: readonly FunctionEntry[] = [
  {
    signature: 'index<T: any>(i: i64, list: list<T>) -> T',
    kind: 'pointwise',
    doc: 'An element of a list, from 0, also written `list[i]`; null outside of the list.',
    example: { expression: 'collect(Buy.qty, max = 2) | index(0)', result: '2, 7, 2, 2, 7' },
    internal: true,
  },
  {
    signature: 'get<K: key, V: any>(key: K, map: map<K, V>) -> V',
    kind: 'pointwise',
    doc: 'The value of a key in a map, also written `map[key]`; null if there is none.',
    example: {
      expression: 'm | get("f2")',
      result: '22',
      where: 'm is the map {"f1": 0, "f2": 22}',
    },
    internal: true,
  },
  {
    signature: 'list_len<T: any>(input: list<T>) -> i32',
    kind: 'pointwise',
    doc: 'The number of elements of a list, nulls included.',
    example: { expression: 'collect(Buy.qty, max = 2) | list_len()', result: '1, 1, 1, 2, 2' },
    internal: true,
  },
  {
    signature: 'flatten<T: any>(input: list<list<T>>) -> list<T>',
    kind: 'pointwise',
    doc: 'The elements of the inner lists in one list.',
    example: {
      expression: 'flatten(l)',
      result: '[1, 2, 3]',
      where: 'l is the list [[1, 2], null, [3]]',
    },
    internal: true,
  },
  {
    signature: 'union<T: any>(a: list<T>, b: list<T>) -> list<T>',
    kind: 'pointwise',
    doc: 'The distinct elements of two lists, those of `a` first.',
    example: {
      expression: 'union(a, b)',
      result: '[1, 2, 3]',
      where: 'a is the list [1, 2] and b the list [2, 3]',
    },
    internal: true,
  },
];
