/** Final results: each entity's record at its last new row, all at one time, in hash order (language.md 8.2). */
import { assert } from '../../shared/base/assert.ts';
import type { Column } from '../../shared/column/column.ts';
import { fixedColumn } from '../../shared/column/column.ts';
import { takeColumn } from '../../shared/column/take.ts';
import { writeSortedRun } from '../../shared/storage/sorted-run.ts';
import { BOOL, I64 } from '../../shared/types/data-type.ts';
import type { Batch } from './batch.ts';
import { SUBSORT_MAX } from './domain-rows.ts';
import type { Evaluator, StateColumn } from './evaluator.ts';
import { flagsOf } from './evaluator.ts';
import { LastRows } from './last-rows.ts';
import { LastValue } from './last-value.ts';
import { LatestRows } from './latest-rows.ts';
import type { SinkOptions, SinkOutput, SinkRunner } from './sink.ts';

export class FinalSink implements SinkRunner {
  readonly #options: SinkOptions;
  readonly #last: readonly LastValue[];
  /** Per entity: 1 once it has had a new row, and the time of its last one. */
  readonly #has: Uint8Array;
  readonly #time: BigInt64Array;
  readonly #latest: LatestRows;

  constructor(options: SinkOptions) {
    this.#options = options;
    const { logical } = options.spec.plan;
    const { count } = options.entities;
    this.#last = logical.root.fields.map(
      (field) => new LastValue(logical.columns[field.column]!.type, count, options.pool),
    );
    this.#has = new Uint8Array(count);
    this.#time = new BigInt64Array(count);
    this.#latest = new LatestRows(count);
  }

  async add(batch: Batch, evaluator: Evaluator): Promise<void> {
    const { spec, pool } = this.#options;
    const { logical } = spec.plan;
    const { root } = logical;
    const rows = await evaluator.rows(root.domain, batch);
    const isNew = root.isNew === null ? null : flagsOf(await evaluator.column(root.isNew, batch));
    this.#latest.setAll(rows.entity, isNew);
    const { entities, rows: last } = this.#latest.end();
    const columns = new LastRows(logical, evaluator, batch, last, pool);
    for (const [at, field] of root.fields.entries()) {
      this.#last[at]!.put(await columns.column(field.column), entities);
    }
    for (let at = 0; at < last.length; at++) {
      this.#has[entities[at]!] = 1;
      this.#time[entities[at]!] = rows.time[last[at]!]!;
    }
  }

  save(): StateColumn[] {
    return [
      { name: 'f.has', column: fixedColumn(BOOL, this.#has) },
      { name: 'f.time', column: fixedColumn(I64, this.#time) },
      ...this.#last.map((last, at) => ({ name: `f.${at}`, column: last.values })),
    ];
  }

  load(columns: ReadonlyMap<string, Column>, target: Int32Array): void {
    const of = (name: string): Column => {
      const column = columns.get(name);
      assert(column !== undefined, `final: the snapshot has ${name}`);
      return column;
    };
    const has = flagsOf(of('f.has'));
    const time = of('f.time');
    assert(
      time.physical === 'fixed' && time.values instanceof BigInt64Array,
      'final: times are i64',
    );
    for (let row = 0; row < target.length; row++) {
      this.#has[target[row]!] = has[row]!;
      this.#time[target[row]!] = time.values[row]!;
    }
    for (const [at, last] of this.#last.entries()) last.put(of(`f.${at}`), target);
  }

  async finish(isLastSlice: boolean): Promise<SinkOutput> {
    if (!isLastSlice) return {};
    const { store, keyPrefix, entities, spec, lastTimes, pool } = this.#options;
    const { root, columns } = spec.plan.logical;
    const { finalAt, changedSince } = spec.results;
    const high = finalAt === null ? lastTimes.get(root.domain) : BigInt(finalAt);
    assert(high !== undefined, 'final: the last time of the query is known');
    const since = changedSince === null ? null : BigInt(changedSince);
    const picks = new Int32Array(entities.count);
    let count = 0;
    for (let entity = 0; entity < entities.count; entity++) {
      if (this.#has[entity] !== 1) continue;
      if (since !== null && this.#time[entity]! < since) continue;
      picks[count++] = entity;
    }
    if (count === 0) return { runs: [], rows: 0 };
    assert(high !== null, 'final: entities with rows have a last time');
    const pick = picks.slice(0, count);
    const run = await writeSortedRun(store, `${keyPrefix}-r0`, {
      rows: [
        {
          time: new BigInt64Array(count).fill(justAfter(high, spec.output.timestamps)),
          subsort: new BigUint64Array(count).fill(SUBSORT_MAX),
          entity: pick,
        },
      ],
      entityHash: entities.hashes,
      entityKeys: entities.keys,
      fields: root.fields.map((field, at) => ({
        name: field.name,
        type: columns[field.column]!.type,
        parts: [takeColumn(this.#last[at]!.values, pick)],
      })),
      pool,
    });
    return { runs: [run], rows: count };
  }
}

/** The first instant after `time` that a file with this unit can tell. */
function justAfter(time: bigint, unit: 'ns' | 'us'): bigint {
  if (unit === 'ns') return time + 1n;
  const withinMicrosecond = ((time % 1000n) + 1000n) % 1000n;
  return time - withinMicrosecond + 1000n;
}
