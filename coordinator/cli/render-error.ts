/** What a person reads when something went wrong, and the exit status that goes with it. */
import { toAppError, type AppError, type ErrorClass } from '../../shared/base/app-error.ts';
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

/** A row that cannot be read: its file is to be mended, or the row left out. */
const ROW_CODES: readonly string[] = [
  'CSV_ROW',
  'CSV_VALUE',
  'JSON_ROW',
  'ROW_SUBSORT',
  'ROW_TIME',
];

const SKIP_STEP =
  '--on-bad-row skip (in millrace.yaml: on_bad_row) leaves out such rows and says how many.';

/** `error[CODE]: message`, then its details and what to do. Ends with a line feed. Causes are told one per line. */
export function renderError(error: unknown): string {
  const appError = toAppError(error);
  const { code, message, details, cause, class: errorClass } = appError;
  const lines = [`error[${code}]: ${printableLines(message)}`];
  for (const [name, value] of Object.entries(details)) {
    // Most messages name their file and row themselves.
    if (message.includes(String(value))) continue;
    lines.push(`  ${printable(name)}: ${printable(String(value))}`);
  }
  if (errorClass !== 'bug') {
    for (const text of causes(cause)) lines.push(`  because: ${printable(text)}`);
  }
  const next = nextStep(appError);
  if (next !== null) lines.push('', next);
  return `${lines.join('\n')}\n`;
}

function nextStep({ code, details, class: errorClass }: AppError): string | null {
  // A line that is too long for a row is never skipped; all that are name their row.
  if (ROW_CODES.includes(code) && details['row'] !== undefined) return SKIP_STEP;
  const ofCode = NEXT_STEP_OF_CODE[code];
  return ofCode === undefined ? NEXT_STEP[errorClass] : ofCode;
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
