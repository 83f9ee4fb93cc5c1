import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{runtime,reference-edge,simulators,lab,cli,guide,reports,features,bench}/**/*.test.ts'],
    testTimeout: 20_000,
    pool: 'forks',
  },
})
