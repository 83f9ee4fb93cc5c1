import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { benchSaves, benchSignalling, benchSignIn, benchStart } from '../bench/deployment.ts'
import type { Figure } from '../bench/processor-time.ts'
import { median } from '../bench/processor-time.ts'
import { openEndpointProcesses } from '#lab/roles/endpoints.ts'
import type { RunResults } from '#reports/results.ts'
import { column, onUsableFabric, pkiFolder, say } from './operate.ts'

/** `npm run bench`: wall time (median, least, most) and processor time of each operation. Noisy machines: compare ratios. */
export async function bench(): Promise<void> {
  await onUsableFabric('loopback', async () => {
    await using endpoints = openEndpointProcesses(['jabber', 'phone'])
    const options = { endpoints, pkiFolder }
    say(`${column('operation', 40)} ${'n'.padStart(5)}  wall ms: median (least-most)   processor time of one`)
    print(await benchStart(options, 'inline', 7))
    print(await benchStart(options, 'process', 3))
    print(await benchSignIn(options, 15))
    for (const figure of await benchSignalling(options)) print(figure)
    for (const figure of await benchSaves(options)) print(figure, 95)
    printScenarios()
    return 0
  })
}

/** With `percentile` its value stands in place of the processor time, which was not measured. */
function print({ title, wallMs, cpu, operations }: Figure, percentile?: number): void {
  const spread =
    wallMs === undefined
      ? ''
      : wallMs.length === 1
        ? wallMs[0]!.toFixed(1)
        : `${median(wallMs).toFixed(0)} (${Math.min(...wallMs).toFixed(0)}-${Math.max(...wallMs).toFixed(0)})`
  if (percentile !== undefined && wallMs !== undefined) {
    const sorted = wallMs.toSorted((one, other) => one - other)
    const value = sorted[Math.ceil((sorted.length * percentile) / 100) - 1]!
    say(
      `${column(title, 40)} ${String(operations).padStart(5)}  ${spread.padEnd(27)}  p${percentile} ${value.toFixed(1)} ms`,
    )
    return
  }
  const spent = Object.entries(cpu).map(
    ([who, { value, unit }]) => `${who} ${value.toFixed(unit === 'us' ? 0 : 1)} ${unit}`,
  )
  say(`${column(title, 40)} ${String(operations).padStart(5)}  ${spread.padEnd(27)}  ${spent.join(', ')}`)
}

function printScenarios(): void {
  const path = join(import.meta.dirname, '..', 'reports', 'out', 'last', 'results.json')
  if (!existsSync(path)) return
  const { scenarios } = JSON.parse(readFileSync(path, 'utf8')) as RunResults
  const wallMs = scenarios.map(({ milliseconds }) => milliseconds)
  print({ title: 'scenario, last run of mra test', wallMs, cpu: {}, operations: scenarios.length })
}
