/**
 * Tables from the command line. Order carries meaning there, which a parser of options does not know:
 *
 *   --table Orders=2024.parquet 2025.parquet --time at --key user   --table Views=views/ --time ts --key user
 *   └──── files of Orders ───────────────┘   └─ of Orders ──────┘   └─ Views ──────────┘ └─ of Views ─────┘
 *
 * What stands before the first `--table` holds for every table that does not say otherwise.
 */
import { AppError } from '../../shared/base/app-error.ts';
import type { TableSpec } from '../../shared/wire/query-request.ts';

/** A table as far as the user described it; the time and key columns may still be missing. */
export type DraftTable = Omit<TableSpec, 'time' | 'key'> & Partial<Pick<TableSpec, 'time' | 'key'>>;

/** What may be said about a table, after its name and files. */
export type TableSettings = Partial<Omit<DraftTable, 'name' | 'files' | 'inlineCsv'>>;

/** Files that the shell put after `--table Name=first` come to us as words of their own; they look like this. */
const DATA_FILE =
  /^[^\s{}|]+\.(parquet|csv|tsv|jsonl|ndjson|json|arrow|feather|ipc)(\.(gz|zst))?$/i;
const TABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The option that `gatherTableFiles` puts before each further file. */
export const FURTHER_FILE_OPTION = '--table-file';

/**
 * Marks the further files of every `--table`, so that a parser does not take them for the query:
 * `--table A=1.csv 2.csv 'count(A)'` becomes `--table A=1.csv --table-file 2.csv 'count(A)'`.
 */
export function gatherTableFiles(words: readonly string[]): string[] {
  const result: string[] = [];
  let isAfterTable = false;
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (word === '--') return [...result, ...words.slice(index)];
    if (word === '--table' || word === '-t') {
      result.push(word, ...words.slice(index + 1, index + 2));
      index++;
      isAfterTable = true;
    } else if (word.startsWith('--table=')) {
      result.push(word);
      isAfterTable = true;
    } else if (isAfterTable && DATA_FILE.test(word)) {
      result.push(FURTHER_FILE_OPTION, word);
    } else {
      result.push(word);
      isAfterTable = false;
    }
  }
  return result;
}

/** Collects tables and their settings in the order of the command line. */
export class TableArguments {
  readonly #common: Record<string, string> = {};
  readonly #tables: { name: string; files: string[]; settings: Record<string, string> }[] = [];

  /** `Name=file`. Throws if there is no name or the name is taken. */
  addTable(text: string): void {
    const split = text.indexOf('=');
    const name = text.slice(0, Math.max(split, 0));
    const file = text.slice(split + 1);
    if (split < 0 || file === '') {
      throw new AppError(
        'user',
        'USAGE',
        `--table ${text}: write a name and files, as in --table Orders=orders/*.parquet`,
      );
    }
    if (!TABLE_NAME.test(name)) {
      throw new AppError(
        'user',
        'USAGE',
        `--table ${text}: '${name}' is no name for a table: letters, digits and _, not beginning with a digit`,
      );
    }
    if (this.#tables.some((table) => table.name === name)) {
      throw new AppError(
        'user',
        'USAGE',
        `--table ${name} is given twice; name all its files after one: --table ${name}=FILE FILE`,
      );
    }
    this.#tables.push({ name, files: [file], settings: {} });
  }

  addFile(file: string): void {
    this.#tables.at(-1)?.files.push(file);
  }

  /** Says something about the latest table, or, before the first, about all. */
  set<Name extends keyof TableSettings>(name: Name, value: NonNullable<TableSettings[Name]>): void {
    const table = this.#tables.at(-1);
    const settings = table?.settings ?? this.#common;
    if (settings[name] !== undefined) {
      const where = table === undefined ? 'before the first --table' : `for ${table.name}`;
      throw new AppError('user', 'USAGE', `--${optionName(name)} is given twice ${where}`);
    }
    settings[name] = value;
  }

  /** The tables so far. Throws if something was said about tables and there is none. */
  finish(): readonly DraftTable[] {
    const [first] = Object.keys(this.#common);
    if (this.#tables.length === 0 && first !== undefined) {
      throw new AppError(
        'user',
        'USAGE',
        `--${optionName(first)} describes a table, but there is no --table`,
      );
    }
    return this.#tables.map(({ name, files, settings }) => ({
      name,
      files,
      ...this.#common,
      ...settings,
    }));
  }
}

function optionName(name: string): string {
  if (name === 'format') return 'input-format';
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
