import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { areasOf, readRegister } from '#guide/register.ts'
import type { RunResults } from '#reports/results.ts'
import { proofsOf } from '#reports/results.ts'
import { ExitCode } from './exit-code.ts'
import { column, say } from './operate.ts'

interface AreaCount {
  total: number
  proved: number
  reasoned: number
  open: number
}

/** `mra coverage`: what of the guide the last run proved, what is settled by a reason, what is open. */
export async function coverage(options: { json?: boolean }): Promise<void> {
  const statements = readRegister()
  const proved = new Set(lastProofs())
  const byArea: Record<string, AreaCount> = {}
  for (const { id, verdict } of statements) {
    const count = (byArea[areasOf(id).at(-1)!] ??= { total: 0, proved: 0, reasoned: 0, open: 0 })
    count.total++
    if (proved.has(id)) count.proved++
    else if (verdict === 'documentation' || verdict === 'out of scope') count.reasoned++
    else count.open++
  }
  const sum = (field: keyof AreaCount) => Object.values(byArea).reduce((total, count) => total + count[field], 0)
  const line = { total: statements.length, proved: sum('proved'), reasoned: sum('reasoned'), byArea }
  if (options.json === true) return void process.stdout.write(JSON.stringify(line) + '\n')
  say('area        total  proved  reasoned  open')
  for (const [area, { total, proved, reasoned, open }] of Object.entries(byArea)) {
    say(
      `${column(area, 10)} ${String(total).padStart(6)} ${String(proved).padStart(7)} ${String(reasoned).padStart(9)} ${String(open).padStart(5)}`,
    )
  }
  say(`${line.total} statements, ${line.proved} proved by the last run, ${line.reasoned} settled by a reason`)
}

function lastProofs(): string[] {
  const path = join(import.meta.dirname, '..', 'reports', 'out', 'last', 'results.json')
  try {
    return proofsOf(JSON.parse(readFileSync(path, 'utf8')) as RunResults).map(({ id }) => id)
  } catch {
    process.stderr.write('mra: no results of a run yet: run `npx mra test` first\n')
    process.exitCode = ExitCode.nothingSelected
    return []
  }
}
