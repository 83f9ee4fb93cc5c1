import type { Statement } from '#guide/register.ts'
import type { EvidenceRecord, RunResults, ScenarioOutcome, ScenarioResult } from '../results.ts'
import { cell } from './markup.ts'

export type StatementResult = ScenarioOutcome | 'no evidence' | 'documentation' | 'out of scope' | 'open'

/** A statement of the guide and what the run says about it. */
export interface MatrixRow {
  readonly statement: Statement
  readonly result: StatementResult
  readonly scenarios: readonly ScenarioResult[]
}

/** Worst first: one scenario that fails outweighs others that pass. */
const severity: readonly ScenarioOutcome[] = ['failed', 'harness error', 'not run', 'unsupported', 'passed']

/** Every statement of the register in its order. A passed scenario that shows no record proves nothing. */
export function matrixRows({ scenarios }: RunResults, statements: readonly Statement[]): MatrixRow[] {
  return statements.map((statement) => {
    const own = scenarios.filter(({ ids }) => ids.includes(statement.id))
    return { statement, result: resultOf(statement, own), scenarios: own }
  })
}

function resultOf({ verdict }: Statement, scenarios: readonly ScenarioResult[]): StatementResult {
  const worst = severity.find((result) => scenarios.some((scenario) => scenario.result === result))
  if (worst === 'passed' && scenarios.every(({ records }) => records.length === 0)) return 'no evidence'
  if (worst !== undefined) return worst
  return verdict === 'documentation' || verdict === 'out of scope' ? verdict : 'open'
}

/** `matrix.md`: statement, result, scenarios, records. */
export function matrixMarkdown(results: RunResults, statements: readonly Statement[]): string {
  const rows = matrixRows(results, statements)
  const lines = rows.map(({ statement, result, scenarios }) => {
    const titles = scenarios.map(({ title, uri, line }) => `${cell(title)} (${cell(`${uri}:${line}`)})`)
    const records = scenarios.flatMap((scenario) => scenario.records.map((record) => cell(recordText(record))))
    const why = scenarios.length === 0 && statement.reason !== undefined ? [cell(statement.reason)] : []
    return `| ${statement.id} | ${cell(statement.statement)} | ${result} | ${titles.join('<br>')} | ${[...records, ...why].join('<br>')} |`
  })
  return [
    '# Guide matrix',
    '',
    `${countText(rows)}; run of ${results.run.startedAt}, seed ${results.run.seed}.`,
    '',
    '| statement | says | result | scenarios | records |',
    '|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n')
}

/** `424 statements: 12 passed, 3 open …` */
export function countText(rows: readonly MatrixRow[]): string {
  const counts = new Map<string, number>()
  for (const { result } of rows) counts.set(result, (counts.get(result) ?? 0) + 1)
  return `${rows.length} statements: ${[...counts].map(([result, count]) => `${count} ${result}`).join(', ')}`
}

/** `message 12, frame 40: SIP 200 OK, cucm1 → vcsc1` */
export function recordText({ message, frame, host, shows }: EvidenceRecord): string {
  if (message === undefined) return `${host}: ${shows}`
  return `message ${message}${frame === undefined ? '' : `, frame ${frame}`}: ${shows}`
}
