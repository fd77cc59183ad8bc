/** Validity, hashes and records (language.md 7.4, 7.9). */
import { fieldOfColumn } from './field.ts';
import { hashColumn } from './hash.ts';
import type { Kernel } from './kernel.ts';
import type { RecordColumn } from '../column/column.ts';
import { fixedColumn } from '../column/column.ts';
import { allNullColumn, allValid } from '../column/validity.ts';
import { assert } from '../base/assert.ts';
import { BOOL, U64 } from '../types/data-type.ts';

/** Validity bytes are the bools asked for, so they are shared. */
const isValid: Kernel = (args) => {
  const [input] = args;
  return fixedColumn(BOOL, input!.validity ?? allValid(input!.length));
};

const record: Kernel = (args, outType, context): RecordColumn => {
  assert(outType.kind === 'record', 'record: expected a record type');
  assert(outType.fields.length === args.length, 'record: one argument per field');
  const children = args.map((arg, index) => {
    const { type } = outType.fields[index]!;
    const untyped = arg.physical === 'null' && type.kind !== 'null';
    return untyped ? allNullColumn(type, arg.length, context.pool) : arg;
  });
  return { physical: 'record', type: outType, length: context.length, validity: null, children };
};

const field: Kernel = (args, _outType, context) => {
  assert(context.field !== undefined, 'field: the context names the field');
  return fieldOfColumn(args[0]!, context.field, context);
};

export const GENERAL_KERNELS = {
  is_valid: isValid,
  hash: (args) => fixedColumn(U64, hashColumn(args[0]!)),
  record,
  field,
} satisfies Record<string, Kernel>;
