/** Diagnostics of a query for a person: each with its place, and what the count of them means. */
import type { WireDiagnostic } from '../../shared/wire/client.ts';
import type { CommandContext } from './context.ts';

/** Whether the query was refused. */
export async function reportDiagnostics(
  diagnostics: readonly WireDiagnostic[],
  context: CommandContext,
): Promise<boolean> {
  if (diagnostics.length === 0) return false;
  const text = diagnostics.map(({ formatted }) => `${formatted.trimEnd()}\n`).join('\n');
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  await context.stderr.write(text);
  if (errors.length === 0) return false;
  const codes = [...new Set(errors.map(({ code }) => code))];
  const help = `millrace help ${codes[0]} says more`;
  await context.stderr.write(
    errors.length === 1 ? `\n${help}\n` : `\n${errors.length} mistakes; ${help}\n`,
  );
  return true;
}
