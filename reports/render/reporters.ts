import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import type { RunResults } from '../results.ts'
import type { HtmlFacts } from './html-report.ts'
import { htmlReport } from './html-report.ts'
import { junitXml } from './junit.ts'

/** A reporter somebody asked for, as a file or on standard output. */
export interface Reporter {
  readonly name: 'json' | 'junit' | 'html' | 'line'
  /** Absent for `line`. */
  readonly path?: string
}

export const knownReporters = 'line, json:<path>, junit:<path>, html:<path>'

/** Reads `junit:out/report.xml`. Throws an error with code MRA_USAGE that names the known ones. */
export function readReporter(text: string): Reporter {
  if (text === 'line') return { name: 'line' }
  const match = /^(json|junit|html):(.+)$/.exec(text)
  if (match === null) {
    throw Object.assign(new Error(`unknown reporter "${text}"; known: ${knownReporters}`), { code: 'MRA_USAGE' })
  }
  return { name: match[1] as 'json' | 'junit' | 'html', path: match[2]! }
}

/** Writes one report; `print` takes the lines of `line`. */
export function runReporter(
  reporter: Reporter,
  results: RunResults,
  facts: HtmlFacts,
  print: (text: string) => void,
): void {
  const { path } = reporter
  if (path === undefined) return print(lineReport(results))
  mkdirSync(dirname(resolve(path)), { recursive: true })
  const link = relative(dirname(resolve(path)), resolve(facts.folder))
  const write = (text: string) => writeFileSync(path, text)
  if (reporter.name === 'json') return write(JSON.stringify(results, undefined, 1) + '\n')
  if (reporter.name === 'junit') return write(junitXml(results))
  return write(htmlReport(results, { ...facts, link: link === '' ? '' : `${link}/` }))
}

/** One line a scenario: result, seconds, place, title, statements; tabs between. */
export function lineReport({ scenarios }: RunResults): string {
  return scenarios
    .map(
      ({ result, milliseconds, uri, line, title, ids }) =>
        [result, (milliseconds / 1000).toFixed(3), `${uri}:${line}`, title, ids.join(' ')].join('\t') + '\n',
    )
    .join('')
}
