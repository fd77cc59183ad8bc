/**
 * The main job on real events: three feature queries over the US flights of early 2001, with nothing but Node.
 * `npm run demo` writes into demo-out/ of the current folder and may be run again.
 */
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { byteCount, exactCount, roundCount, secondCount } from '../coordinator/cli/amounts.ts';
import { renderError, exitStatus } from '../coordinator/cli/render-error.ts';
import { readDataEdges } from '../coordinator/cli/show/data-edges.ts';
import { printRows, type EdgeRows } from '../coordinator/cli/result-table.ts';
import { AppError } from '../shared/base/app-error.ts';
import type { Client } from '../shared/wire/client.ts';
import type { QueryRequest, RunSummary, TableSpec } from '../shared/wire/query-request.ts';
import { readConfig } from './config.ts';
import { openDataFiles } from './data-files.ts';
import { openEmbedded } from './embedded.ts';
