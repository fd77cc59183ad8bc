/**
 * The executed parts of a page of docs/: blocks of golden files, and the pictures drawn from their answers.
 *
 *   ```golden                      tables, views and queries as in test/golden/; tables hold for the whole page
 *   query
 *   { total: sum(Buy.qty) }
 *   ----
 *   …
 *   ```
 *   <!-- timeline images/sum.svg            draws the query before it
 *   axis 10:00 10:06 1m                     from, to, step of the labels
 *   dots ann Buy.qty "purchases"            a dot per event: a column of a table, or a field of the answer
 *   steps ann total "sum(Buy.qty)"          a value that holds until the next
 *   moved ann later "a minute later"        dots, with a line from each dot of the lane above
 *   bars ann closed "windows"               a bar up to each row where the field is true
 *   bars ann 1h*2 "two hours"               a bar of two parts up to each full hour
 *   -->
 */
import type { GoldenFile, GoldenQuery } from '../../test/golden/golden-file.ts';
import { parseGoldenFile } from '../../test/golden/golden-file.ts';

export interface LaneSpec {
  readonly kind: 'dots' | 'steps' | 'moved' | 'bars';
  readonly entity: string;
  readonly source: string;
  readonly label: string;
}

export interface PictureSpec {
  /** Relative to docs/. */
  readonly path: string;
  readonly from: string;
  readonly to: string;
  readonly step: string;
  readonly lanes: readonly LaneSpec[];
  readonly query: GoldenQuery;
}

export interface DocsPage {
  /** Its line numbers are those of the page. */
  readonly golden: GoldenFile;
  readonly pictures: readonly PictureSpec[];
}

export function parsePage(markdown: string): DocsPage {
  const lines = markdown.split('\n');
  const golden = parseGoldenFile(onlyGolden(lines).join('\n'));
  const pictures: PictureSpec[] = [];
  for (const [at, line] of lines.entries()) {
    const path = /^<!-- timeline (\S+)$/.exec(line)?.[1];
    if (path === undefined) continue;
    const end = lines.indexOf('-->', at);
    const query = golden.queries.findLast((each) => each.line <= at);
    if (end < 0 || query === undefined)
      throw new Error(`line ${at + 1}: a picture without its end, or without a query before it`);
    pictures.push(parsePicture(path, lines.slice(at + 1, end), query));
  }
  return { golden, pictures };
}

/** The page with everything blanked that is not golden, so that lines keep their numbers. */
function onlyGolden(lines: readonly string[]): readonly string[] {
  let isInside = false;
  return lines.map((line) => {
    if (line.startsWith('```')) {
      isInside = line === '```golden';
      return '';
    }
    return isInside ? line : '';
  });
}

function parsePicture(path: string, lines: readonly string[], query: GoldenQuery): PictureSpec {
  const [first, ...rest] = lines;
  const axis = /^axis (\S+) (\S+) (\d+[smhd])$/.exec(first ?? '');
  if (axis === null) throw new Error(`${path}: its first line must be the axis, not ${first}`);
  const lanes = rest.map((line): LaneSpec => {
    const match = /^(dots|steps|moved|bars) (\S+) (\S+) "(.*)"$/.exec(line);
    if (match === null) throw new Error(`${path}: not a lane: ${line}`);
    const [, kind, entity, source, label] = match as unknown as [
      string,
      LaneSpec['kind'],
      string,
      string,
      string,
    ];
    return { kind, entity, source, label };
  });
  return { path, from: axis[1]!, to: axis[2]!, step: axis[3]!, lanes, query };
}
