/** `millrace help TOPIC`: codes and functions, from their registries. */
import { AppError } from '../../../shared/base/app-error.ts';
import { FUNCTIONS, publicFunctionNames } from '../../functions/registry.ts';
import { CODES, isCode, type CodeEntry } from '../../language/diagnostics/codes.ts';
import { didYouMean, similarNames } from '../../language/diagnostics/similar-names.ts';
import type { CommandContext, ExitStatus } from '../context.ts';

const TEXT_COLUMNS = 90;

/** The tables of the language's description, which every example reads. */
const EXAMPLE_TABLES = [
  'Buy: at, seq, who, qty, price              Visit: at, seq, who, page',
  '  10:00:00  0  ann  2  1.5                   10:00:03  0  ann  home',
  '  10:00:05  0  bob  7  0.25                  10:00:05  0  bob  cart',
  '  10:00:09  0  ann     4.0                   10:00:05  1  bob  pay',
  '  10:01:00  0  ann  5                        10:03:00  0  cy   home',
  '  10:02:30  0  bob  1  9.75',
  'Pay: at, seq, who, amount',
  '  2023-12-30 12:00:00  0  ann  3             2024-01-01 09:00:00  0  ann  4',
];

export async function runHelp(topic: string, context: CommandContext): Promise<ExitStatus> {
  await context.stdout.write(helpOn(topic));
  return 0;
}

/** Throws an AppError `USAGE` for a topic that there is not. */
export function helpOn(topic: string): string {
  if (topic === 'functions') return listFunctions();
  if (topic === 'codes') return listCodes();
  const code = topic.toUpperCase();
  if (isCode(code)) return describeCode(code, CODES[code]);
  const definition = FUNCTIONS.get(topic);
  if (definition !== undefined) {
    const { entry, family } = definition;
    return [
      entry.signature,
      '',
      ...wrap(entry.doc),
      '',
      `Example, over the events below:`,
      `  ${entry.example.expression}`,
      `  gives ${entry.example.result}`,
      ...(entry.example.where === undefined ? [] : [`  where ${entry.example.where}`]),
      '',
      ...EXAMPLE_TABLES,
      '',
      `More of this family (${family}): ${membersOf(family).join(' ')}`,
      '',
    ].join('\n');
  }
  const names = [...publicFunctionNames(), ...Object.keys(CODES), 'functions', 'codes'];
  throw new AppError(
    'user',
    'USAGE',
    `nothing is known of '${topic}'${didYouMean(topic, similarNames(topic, names))}; ` +
      '`millrace help functions` and `millrace help codes` list what is',
  );
}

function describeCode(code: string, { title, explanation, example, severity }: CodeEntry): string {
  const lines = [`${severity}[${code}]: ${title}`, '', ...wrap(explanation), ''];
  if (example !== '') {
    lines.push('Example, over the events below:', `  ${example}`, '', ...EXAMPLE_TABLES, '');
  }
  return lines.join('\n');
}

function listFunctions(): string {
  const families = new Set([...FUNCTIONS.values()].map(({ family }) => family));
  const blocks = [...families].map((family) =>
    [`${family}:`, ...wrap(membersOf(family).join(' ')).map((line) => `  ${line}`)].join('\n'),
  );
  return `${blocks.join('\n')}\n\n\`millrace help NAME\` explains one, with an example.\n`;
}

function membersOf(family: string): readonly string[] {
  return [...FUNCTIONS.values()]
    .filter((definition) => definition.family === family && !definition.entry.internal)
    .map(({ name }) => name);
}

function listCodes(): string {
  const lines = Object.entries(CODES).map(([code, { title }]) => `${code}  ${title}`);
  return `${lines.join('\n')}\n\n\`millrace help CODE\` explains one, with an example.\n`;
}

/** Lines of whole words, at most TEXT_COLUMNS long. */
function wrap(text: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > TEXT_COLUMNS) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
