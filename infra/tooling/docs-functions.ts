/** Writes docs/functions.md, the reference of all functions, from their entries. */
import { EXAMPLE_TABLES } from '../../coordinator/functions/example-tables.ts';
import type { FunctionDefinition } from '../../coordinator/functions/registry.ts';
import { FUNCTIONS } from '../../coordinator/functions/registry.ts';

const FAMILY_NOTES: Readonly<Record<string, string>> = {
  arithmetic: 'Row by row. Null if any argument is null.',
  logic: 'Row by row. `and` and `or` know three truth values.',
  comparison: 'Row by row. Null if either side is null; floats by the total order of IEEE 754.',
  general: 'Nulls, hashes, and other entities.',
  strings: 'Row by row. Null if the string is null.',
  time: 'Rows moved, kept or looked back at, and the calendar, in UTC.',
  aggregation:
    'One result per entity and row, from its rows so far: each new input that is not null counts once. `window =` says how far back; windows end with a condition or a tick.',
  collections: 'Row by row, over lists and maps.',
  records: 'Typed by the fields of their arguments.',
};

export function renderFunctions(): string {
  const families = Map.groupBy(FUNCTIONS.values(), ({ family }) => family);
  const lines = [
    '# Functions',
    '',
    '<!-- Written by infra/tooling/generate-docs.ts from coordinator/functions/: change the entries there. -->',
    '',
    'Every function of Fenl with its signature, what it does, and an example that is run as a test. `millrace help NAME`',
    'says the same in a terminal. How the parts play together is in the [guide](guide.md).',
    '',
    '- `N: number` in a signature stands for any type of that class; equal letters are equal types.',
    '- A parameter with a default (`window: window = null`) takes its argument by keyword only: `sum(x, window = …)`.',
    '- The first argument that is missing is what stands before the pipe: `x | sum()` is `sum(x)`.',
    '- `const` arguments must be constants.',
    '',
    'The examples read these tables, of which `at` is the time, `seq` the subsort and `who` the entity:',
    '',
    '```',
    ...EXAMPLE_TABLES.flatMap(({ name, csv }, at) => [
      ...(at === 0 ? [] : ['']),
      name,
      ...csv.trim().split('\n'),
    ]),
    '```',
    '',
    'A result is the value of each row in order, `(null)` where there is none; examples about which rows there are say the',
    'time and the entity too.',
    '',
    [...families.keys()].map((family) => `[${family}](#${family})`).join(' · '),
  ];
  for (const [family, definitions] of families) {
    lines.push('', `## ${family}`, '', FAMILY_NOTES[family]!);
    for (const definition of definitions) lines.push('', ...renderFunction(definition));
  }
  return `${lines.join('\n')}\n`;
}

function renderFunction({ name, entry }: FunctionDefinition): readonly string[] {
  const { signature, doc, example } = entry;
  return [
    `### ${name}`,
    '',
    '```',
    signature,
    '```',
    '',
    doc,
    '',
    '```',
    example.expression,
    ...(example.where === undefined ? [] : [`# ${example.where}`]),
    `# → ${example.result}`,
    '```',
  ];
}
