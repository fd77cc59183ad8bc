/** Values as the text of result cells (language.md 2.9); nested values as JSON text. */
import type { Column, FixedColumn } from './column.ts';
import { isValid } from './column.ts';
import { unreachable } from '../base/assert.ts';
import { f32Text, f64Text } from '../kernel/float-text.ts';
import { isTimestamp, timeUnitOf } from '../kernel/time-unit.ts';
import { printDate, printTimestamp } from '../time/print-timestamp.ts';

/** The text of one cell, before CSV quoting. Null is the empty text. */
export function cellText(column: Column, row: number): string {
  if (!isValid(column, row)) return '';
  switch (column.physical) {
    case 'null':
      return '';
    case 'fixed':
      return fixedText(column, row);
    case 'string':
      return column.pool.get(column.codes[row]!);
    case 'record':
    case 'list':
    case 'map':
      return jsonText(column, row);
    default:
      return unreachable(column);
  }
}

/** `text` as a CSV cell: quoted only when it contains a comma, a quote, CR or LF. */
export function quoteCsvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * One value as compact JSON text. Numbers and bools are themselves (64-bit integers with all their digits), floats that
 * JSON lacks (`NaN`, `inf`) and times are strings. A map is an object whose keys are the texts of its keys.
 */
export function jsonText(column: Column, row: number): string {
  if (!isValid(column, row)) return 'null';
  switch (column.physical) {
    case 'null':
      return 'null';
    case 'fixed': {
      const text = fixedText(column, row);
      return isJsonWord(column, row) ? text : JSON.stringify(text);
    }
    case 'string':
      return JSON.stringify(column.pool.get(column.codes[row]!));
    case 'record': {
      const members = column.type.fields.map(
        (field, index) => `${JSON.stringify(field.name)}:${jsonText(column.children[index]!, row)}`,
      );
      return `{${members.join()}}`;
    }
    case 'list': {
      const items: string[] = [];
      for (let at = column.offsets[row]!; at < column.offsets[row + 1]!; at++) {
        items.push(jsonText(column.element, at));
      }
      return `[${items.join()}]`;
    }
    case 'map': {
      const members: string[] = [];
      for (let at = column.offsets[row]!; at < column.offsets[row + 1]!; at++) {
        const key = JSON.stringify(cellText(column.keys, at));
        members.push(`${key}:${jsonText(column.values, at)}`);
      }
      return `{${members.join()}}`;
    }
    default:
      return unreachable(column);
  }
}

/** Durations and intervals, which only nested values may hold, print as their count. */
function fixedText(column: FixedColumn, row: number): string {
  const value = column.values[row]!;
  const unit = timeUnitOf(column.type);
  if (unit !== null && isTimestamp(column.type)) {
    return printTimestamp(BigInt(value), unit, 'fixed');
  }
  switch (column.type.kind) {
    case 'bool':
      return value === 0 ? 'false' : 'true';
    case 'f64':
      return f64Text(Number(value));
    case 'f16':
    case 'f32':
      return f32Text(Number(value));
    case 'date':
      return printDate(Number(value));
    default:
      return String(value);
  }
}

/** Whether the text of a fixed-width value is a JSON number or bool as it stands. */
function isJsonWord(column: FixedColumn, row: number): boolean {
  if (column.type.kind === 'date' || isTimestamp(column.type)) return false;
  const value = column.values[row]!;
  return typeof value === 'bigint' || Number.isFinite(value);
}
