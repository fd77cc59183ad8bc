/** `millrace help TOPIC`: codes and functions, from their registries. */
import { AppError } from '../../../shared/base/app-error.ts';
import { FUNCTIONS, publicFunctionNames } from '../../functions/registry.ts';
import { CODES, isCode, type CodeEntry } from '../../language/diagnostics/codes.ts';
import { didYouMean, similarNames } from '../../language/diagnostics/similar-names.ts';
import type { CommandContext, ExitStatus } from '../context.ts';

const TEXT_COLUMNS = 90;

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
