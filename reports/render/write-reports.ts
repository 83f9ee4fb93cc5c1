import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Statement } from '#guide/register.ts'
import type { RunResults } from '../results.ts'
import { htmlReport } from './html-report.ts'
import { junitXml } from './junit.ts'
import { matrixMarkdown } from './matrix.ts'
import { readReporter, runReporter } from './reporters.ts'

export interface ReportOptions {
  /** Folder of the run. */
  readonly folder: string
  readonly statements: readonly Statement[]
  /** More reports: `line`, `json:<path>`, `junit:<path>`, `html:<path>`. */
  readonly reporters: readonly string[]
  /** How failure blocks call the folder, default `reports/out/last`. */
  readonly shownFolder?: string
  /** Default: standard output. */
  readonly print?: (text: string) => void
}

/**
 * Writes `index.html`, `junit.xml` and `matrix.md` into the folder of the run, then the reports asked for. Throws an
 * error with code MRA_USAGE, before anything is written, where a reporter is not known.
 */
export function writeReports(results: RunResults, options: ReportOptions): void {
  const {
    folder,
    statements,
    shownFolder = 'reports/out/last',
    print = (text) => void process.stdout.write(text),
  } = options
  const reporters = options.reporters.map(readReporter)
  const facts = { folder, statements, shownFolder }
  writeFileSync(join(folder, 'index.html'), htmlReport(results, facts))
  writeFileSync(join(folder, 'junit.xml'), junitXml(results))
  writeFileSync(join(folder, 'matrix.md'), matrixMarkdown(results, statements))
  for (const reporter of reporters) runReporter(reporter, results, facts, print)
}
