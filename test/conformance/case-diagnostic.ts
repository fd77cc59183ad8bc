/** Diagnostics in the form that the runner of the conformance cases compares. */
import type { Diagnostic } from '../../coordinator/language/diagnostics/diagnostic.ts';
import type { CaseDiagnostic } from './case.ts';

/** The first primary label tells the place; formulas are told by the kind of source. */
export function toCaseDiagnostic(diagnostic: Diagnostic): CaseDiagnostic {
  const { severity, code, message } = diagnostic;
  const span = diagnostic.labels.find((label) => label.primary)?.span;
  if (span === undefined) return { severity, code, message };
  const part = span.source.kind === 'formula' ? 'formula' : 'query';
  return { severity, code, message, location: { part, ...span.source.position(span.start) } };
}
