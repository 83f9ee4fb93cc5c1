import { defaultExclude, defineConfig } from 'vitest/config'

/** What takes long runs by `npm run test:full`, which says so here, and where it is named. */
const isFull = process.env['MRA_FULL'] !== undefined || process.argv.some((word) => word.includes('.slow.'))

export default defineConfig({
  test: {
    include: ['{runtime,reference-edge,simulators,lab,cli,guide,reports,features,bench}/**/*.test.ts'],
    exclude: isFull ? defaultExclude : [...defaultExclude, '**/*.slow.test.ts'],
    testTimeout: 20_000,
    pool: 'forks',
  },
})
