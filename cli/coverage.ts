import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Verdict } from '#guide/register.ts'
import { areasOf, readRegister } from '#guide/register.ts'
import { environmentsOf } from '#reports/environments.ts'
import type { RunResults } from '#reports/results.ts'
import { proofsOf } from '#reports/results.ts'
import { ExitCode } from './exit-code.ts'
import { column, say } from './operate.ts'

type Standing = 'proved' | 'failed' | 'notRun' | 'reasoned' | 'open'

type AreaCount = Record<'total' | Standing, number>

/**
 * `mra coverage`: what of the guide the last run proved, what failed in it or was not part of it (a run of its own, `@slow`),
 * what is settled by a reason, and what is open: no scenario shows it.
 */
export async function coverage(options: { json?: boolean }): Promise<void> {
  const statements = readRegister()
  const last = lastRun()
  const proved = new Set(last === undefined ? [] : proofsOf(last).map(({ id }) => id))
  const failed = new Set(last?.scenarios.flatMap(({ ids, result }) => (hasFailed.has(result) ? ids : [])))
  const byArea: Record<string, AreaCount> = {}
  for (const { id, verdict } of statements) {
    const count = (byArea[areasOf(id).at(-1)!] ??= { total: 0, proved: 0, failed: 0, notRun: 0, reasoned: 0, open: 0 })
    count.total++
    count[standingOf(verdict, { isProved: proved.has(id), hasFailed: failed.has(id) })]++
  }
  const sum = (field: keyof AreaCount) => Object.values(byArea).reduce((total, count) => total + count[field], 0)
  const totals = Object.fromEntries(fields.map(([field]) => [field, sum(field)])) as AreaCount
  const environments = last === undefined ? [] : environmentsOf(last)
  if (options.json === true)
    return void process.stdout.write(JSON.stringify({ ...totals, byArea, environments }) + '\n')
  const row = (first: string, cells: readonly string[]) =>
    say(`${column(first, 9)}${cells.map((cell) => cell.padStart(10)).join('')}`)
  row(
    'area',
    fields.map(([, title]) => title),
  )
  for (const [area, count] of Object.entries(byArea)) {
    row(
      area,
      fields.map(([field]) => String(count[field])),
    )
  }
  const { total, reasoned, open } = totals
  say(
    `${total} statements, ${totals.proved} proved by the last run, ${totals.notRun} not part of it, ${totals.failed} failed, ` +
      `${reasoned} settled by a reason, ${open} open`,
  )
  for (const { environment, standing } of environments) say(`${column(environment, 36)} ${standing}`)
}

const fields = [
  ['total', 'total'],
  ['proved', 'proved'],
  ['failed', 'failed'],
  ['notRun', 'not run'],
  ['reasoned', 'reasoned'],
  ['open', 'open'],
] as const

const hasFailed: ReadonlySet<string> = new Set(['failed', 'harness error'])

export function standingOf(verdict: Verdict, run: { isProved: boolean; hasFailed: boolean }): Standing {
  if (run.isProved) return 'proved'
  if (verdict === 'documentation' || verdict === 'out of scope') return 'reasoned'
  if (run.hasFailed) return 'failed'
  return verdict === 'by scenario' ? 'notRun' : 'open'
}

function lastRun(): RunResults | undefined {
  const path = join(import.meta.dirname, '..', 'reports', 'out', 'last', 'results.json')
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as RunResults
  } catch {
    process.stderr.write('mra: no results of a run yet: run `npx mra test` first\n')
    process.exitCode = ExitCode.nothingSelected
    return undefined
  }
}
