import { createMemoryCounters } from '../../src/stores/memory/counters.ts';
import { createMemoryLog } from '../../src/stores/memory/log.ts';
import { createMemoryRecords } from '../../src/stores/memory/records.ts';
import { createMemoryVault } from '../../src/stores/memory/vault.ts';
import { countersContract } from '../contracts/counters-contract.ts';
import { logContract } from '../contracts/log-contract.ts';
import { recordsContract } from '../contracts/records-contract.ts';
import { vaultContract } from '../contracts/vault-contract.ts';

logContract('memory', async () => createMemoryLog());
vaultContract('memory', async () => createMemoryVault());
recordsContract('memory', async () => createMemoryRecords());
countersContract('memory', async () => createMemoryCounters());
