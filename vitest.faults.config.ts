import { defineConfig, mergeConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** The crash tests at full length: minutes, not seconds. */
export default mergeConfig(config, defineConfig({ test: { env: { FAULT_CYCLES: '300' } } }));
