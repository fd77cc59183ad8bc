/** The events that the examples of functions read: those of language.md section 0, and `Pay`, which crosses a year. */

export interface ExampleTable {
  readonly name: string;
  readonly time: string;
  readonly subsort: string;
  readonly key: string;
  readonly grouping: string;
  readonly csv: string;
}

const COLUMNS = { time: 'at', subsort: 'seq', key: 'who', grouping: 'shopper' } as const;

export const EXAMPLE_TABLES: readonly ExampleTable[] = [
  {
    name: 'Buy',
    ...COLUMNS,
    csv: `at,seq,who,qty,price
2024-01-01T10:00:00Z,0,ann,2,1.5
2024-01-01T10:00:05Z,0,bob,7,0.25
2024-01-01T10:00:09Z,0,ann,,4.0
2024-01-01T10:01:00Z,0,ann,5,
2024-01-01T10:02:30Z,0,bob,1,9.75
`,
  },
  {
    name: 'Visit',
    ...COLUMNS,
    csv: `at,seq,who,page
2024-01-01T10:00:03Z,0,ann,home
2024-01-01T10:00:05Z,0,bob,cart
2024-01-01T10:00:05Z,1,bob,pay
2024-01-01T10:03:00Z,0,cy,home
`,
  },
  {
    name: 'Pay',
    ...COLUMNS,
    csv: `at,seq,who,amount
2023-12-30T12:00:00Z,0,ann,3
2024-01-01T09:00:00Z,0,ann,4
`,
  },
];
