/** The rings of an arena act like one bounded queue per entity. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { EntityRings } from '../../../../../worker/operator/aggregate/entity-rings.ts';

const ENTITIES = 3;

const step = fc.record({
  entity: fc.nat({ max: ENTITIES - 1 }),
  op: fc.constantFrom('push', 'push', 'push', 'push', 'drop', 'clear'),
  count: fc.nat({ max: 20 }),
});

test('pushes, drops and clears, against arrays', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.array(step, { maxLength: 200 }),
      (max, steps) => {
        let payload: Int32Array = new Int32Array(0);
        const rings = new EntityRings(ENTITIES, max, {
          resize: (slots) => {
            const grown = new Int32Array(slots);
            grown.set(payload);
            payload = grown;
          },
          move: (to, from) => {
            payload[to] = payload[from]!;
          },
        });
        const queues: number[][] = [[], [], []];
        steps.forEach(({ entity, op, count }, value) => {
          const queue = queues[entity]!;
          if (op === 'push') {
            const slot = rings.push(entity);
            payload[slot] = value;
            queue.push(value);
            if (queue.length > max) queue.shift();
          } else if (op === 'drop') {
            const dropped = Math.min(count, queue.length);
            rings.dropOldest(entity, dropped);
            queue.splice(0, dropped);
          } else {
            rings.clear(entity);
            queue.length = 0;
          }
        });
        queues.forEach((queue, entity) => {
          expect(rings.length(entity)).toBe(queue.length);
          const entries = new Int32Array(queue.length);
          rings.copyEntries(entity, payload, entries, 0);
          expect([...entries]).toEqual(queue);
          expect(queue.map((_, index) => payload[rings.slot(entity, index)])).toEqual(queue);
        });
      },
    ),
    { numRuns: 200 },
  );
});
