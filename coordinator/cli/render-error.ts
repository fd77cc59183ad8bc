/** What a person reads when something went wrong, and the exit status that goes with it. */
import { toAppError, type ErrorClass } from '../../shared/base/app-error.ts';
import { printable } from './text-width.ts';

/** The second sentence: whose move it is. */
const NEXT_STEP: Readonly<Record<ErrorClass, string | null>> = {
  // The message says what to change.
  user: null,
  data: null,
  transient: 'This may pass: run the same command again.',
  resource: 'It needs more room: raise the limit, or cut the work finer.',
  bug: 'This is a mistake in Millrace. What is above is what we need to mend it.',
};

/** For codes whose next step is not that of their class. */
const NEXT_STEP_OF_CODE: Readonly<Record<string, string | null>> = {
  STORE_FULL: 'Free some space there, or keep the store elsewhere with --store.',
  OUTPUT_FULL: 'Free some space there, or write to another place.',
  OUTPUT_FAILED: 'Free some space where the output goes, or send it elsewhere.',
  // Their messages say what to change.
  ARROW_STRING_BYTES: null,
  COLLECT_BATCH_ELEMENTS_MAX: null,
  COLLECT_VALUES_MAX: null,
  TICK_ROWS_TOO_MANY: null,
};

/** `error[CODE]: message`, then its details and what to do. Ends with a line feed. Causes are told one per line. */
export function renderError(error: unknown): string {
  const { code, message, details, cause, class: errorClass } = toAppError(error);
  const lines = [`error[${code}]: ${printableLines(message)}`];
  for (const [name, value] of Object.entries(details)) {
    // Most messages name their file and row themselves.
    if (message.includes(String(value))) continue;
    lines.push(`  ${printable(name)}: ${printable(String(value))}`);
  }
  if (errorClass !== 'bug') {
    for (const text of causes(cause)) lines.push(`  because: ${printable(text)}`);
  }
  const ofCode = NEXT_STEP_OF_CODE[code];
  const next = ofCode === undefined ? NEXT_STEP[errorClass] : ofCode;
  if (next !== null) lines.push('', next);
  return `${lines.join('\n')}\n`;
}

/** 2 if the user has to change something, else 1. */
export function exitStatus(error: unknown): 1 | 2 {
  return toAppError(error).class === 'user' ? 2 : 1;
}

/** Line breaks are ours (a list of mistakes, a stack); any other control character is data's. */
function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

const CAUSES_MAX = 5;

function causes(first: unknown): string[] {
  const texts: string[] = [];
  let cause = first;
  while (cause instanceof Error && texts.length < CAUSES_MAX) {
    texts.push(cause.message);
    cause = cause.cause;
  }
  return texts;
}
