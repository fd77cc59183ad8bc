/** The store in memory keeps the contract of every store. */
import { openMemoryStore } from '../../../../shared/storage/memory-store.ts';
import { describeStore } from '../../../support/store-contract.ts';

describeStore('memory store', async () => openMemoryStore());
