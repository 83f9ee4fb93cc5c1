import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunResults, ScenarioResult } from '#reports/results.ts'
import { countOutcomes } from '#reports/results.ts'
import { failureBlock } from '#reports/render/failure-block.ts'
import { readReporter } from '#reports/render/reporters.ts'
import { writeReports } from '#reports/render/write-reports.ts'
import { readRegister } from '#guide/register.ts'
import { ExitCode } from './exit-code.ts'
import { mark, onUsableFabric, pkiFolder, say } from './operate.ts'
import { privateResults, runInside, splitRound } from './private-scenarios.ts'
import type { RoundOptions } from './scenario-run.ts'
import { ScenarioRounds } from './scenario-run.ts'

export interface TestOptions {
  readonly tags?: string
  readonly name?: string
  readonly order: string
  readonly seed: string
  readonly repeat: string
  readonly jobs: string
  readonly placement: string
  readonly reporter?: readonly string[]
  readonly requireAll?: boolean
  /** Folder of the run that this one is a part of: results and evidence go there, reports are not made. */
  readonly into?: string
}

const root = join(import.meta.dirname, '..')

/** `mra test`: scenarios, their evidence and reports. Exit codes of docs/architecture.md. */
export async function test(features: readonly string[], options: TestOptions): Promise<void> {
  const rounds = Number(options.repeat)
  if (!Number.isInteger(rounds) || rounds < 1) usage(`--repeat takes a whole number from 1, not "${options.repeat}"`)
  const jobs = Number(options.jobs)
  if (!Number.isInteger(jobs) || jobs < 1) usage(`--jobs takes a whole number from 1, not "${options.jobs}"`)
  if (!['inline', 'process'].includes(options.placement))
    usage(`unknown placement "${options.placement}"; known: inline, process`)
  if (!['defined', 'random'].includes(options.order)) usage(`unknown order "${options.order}"; known: defined, random`)
  options.reporter?.forEach(readReporter)
  await onUsableFabric('loopback', () => runRounds(features, options, rounds))
}

function usage(says: string): never {
  throw Object.assign(new Error(says), { code: 'MRA_USAGE' })
}

async function runRounds(features: readonly string[], options: TestOptions, rounds: number): Promise<number> {
  const outcomes: Map<string, string>[] = []
  const scenarioRounds = new ScenarioRounds()
  let code: number = ExitCode.passed
  for (let round = 1; round <= rounds; round++) {
    if (rounds > 1) say(`round ${round} of ${rounds}`)
    const outFolder = options.into ?? freshFolder(round)
    const results = await runRound(scenarioRounds, roundOptions(features, options, round, outFolder))
    finish(results, outFolder, options)
    outcomes.push(new Map(results.scenarios.map((scenario) => [`${scenario.uri}:${scenario.line}`, scenario.result])))
    code = Math.max(code, exitCodeOf(results, options.requireAll === true))
  }
  const differing = differences(outcomes)
  for (const place of differing) say(`${mark(false)} ${place} did not give the same result in each round`)
  return differing.length > 0 ? Math.max(code, ExitCode.failed) : code
}

/** What needs a private network comes last: it has to itself what the machine has left. */
async function runRound(rounds: ScenarioRounds, options: RoundOptions): Promise<RunResults> {
  const { here, inside } = await splitRound(rounds, options)
  const started = performance.now()
  const print = (scenario: ScenarioResult) => printScenario(scenario, options.outFolder)
  const begin = (count: number) => say(`${plural(count + inside, 'scenario')}, seed ${options.seed}`)
  const results = await rounds.run(here, { begin, scenario: print })
  if (inside === 0) return results
  if (results.scenarios.length === 0) begin(0)
  const scenarios = await runInside(options)
  scenarios.forEach(print)
  const milliseconds = performance.now() - started
  return { run: { ...results.run, milliseconds }, scenarios: [...results.scenarios, ...scenarios] }
}

function roundOptions(
  features: readonly string[],
  options: TestOptions,
  round: number,
  outFolder: string,
): RoundOptions {
  // Each round has an order of its own, repeatable from the seed.
  const seed = round === 1 ? options.seed : `${options.seed}${String(round).padStart(2, '0')}`
  return {
    root,
    features,
    seed,
    order: options.order === 'random' ? 'random' : 'defined',
    placement: options.placement,
    jobs: Number(options.jobs),
    outFolder,
    pkiFolder,
    ...(options.tags === undefined ? {} : { tags: options.tags }),
    ...(options.name === undefined ? {} : { name: options.name }),
  }
}

/** A folder of this round alone, also where two runs begin in the same second; `last` leads to it. */
function freshFolder(round: number): string {
  const base = join(root, 'reports', 'out')
  mkdirSync(base, { recursive: true })
  const begin = new Date().toISOString().replaceAll(':', '-').slice(0, 19)
  for (let attempt = round; ; attempt++) {
    const name = `${begin}-${attempt}`
    try {
      mkdirSync(join(base, name))
    } catch (error) {
      if ((error as { code?: string }).code !== 'EEXIST') throw error
      continue
    }
    linkLast(base, name)
    return join(base, name)
  }
}

/** Put in place by renaming, so that `last` always leads somewhere. */
function linkLast(base: string, name: string): void {
  const link = join(base, `last-${process.pid}`)
  symlinkSync(name, link)
  renameSync(link, join(base, 'last'))
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function printScenario(scenario: ScenarioResult, outFolder: string): void {
  const time = `${(scenario.milliseconds / 1000).toFixed(2)} s`.padStart(8)
  const ids = scenario.ids.length === 0 ? '' : `  ${scenario.ids.join(' ')}`
  const word = scenario.result === 'passed' ? '' : ` [${scenario.result}]`
  say(`${mark(scenario.result === 'passed')} ${time}  ${scenario.feature}: ${scenario.title}${word}${ids}`)
  if (scenario.result !== 'failed' && scenario.result !== 'harness error') {
    if (scenario.problem !== undefined) say(scenario.problem.replace(/^/gm, '       '))
    return
  }
  say(failureBlock(scenario, { statements: readRegister(), folder: outFolder, shownFolder: 'reports/out/last' }))
}

function finish(results: RunResults, outFolder: string, options: TestOptions): void {
  if (options.into !== undefined) return writeFileSync(join(outFolder, privateResults), JSON.stringify(results))
  writeFileSync(join(outFolder, 'results.json'), JSON.stringify(results, undefined, 1))
  writeReports(results, { folder: outFolder, statements: readRegister(), reporters: options.reporter ?? [] })
  const counts = countOutcomes(results)
  const seconds = (results.run.milliseconds / 1000).toFixed(1)
  say(
    `\n${plural(results.scenarios.length, 'scenario')} in ${seconds} s, seed ${results.run.seed}; report: ${join('reports/out/last', 'index.html')}`,
  )
  for (const { title, problem } of results.scenarios.filter(({ result }) => result === 'unsupported')) {
    say(`unsupported: ${title}: ${problem ?? ''}`)
  }
  say(
    `${counts.passed} passed, ${counts.failed + counts['harness error'] + counts['not run']} failed${counts.unsupported > 0 ? `, ${counts.unsupported} skipped` : ''}`,
  )
}

function exitCodeOf(results: RunResults, requireAll: boolean): number {
  const counts = countOutcomes(results)
  if (results.scenarios.length === 0) {
    process.stderr.write('mra: no scenario was selected\n')
    return ExitCode.nothingSelected
  }
  if (counts.failed + counts['harness error'] + counts['not run'] > 0) return ExitCode.failed
  return requireAll && counts.unsupported > 0 ? ExitCode.environment : ExitCode.passed
}

function differences(outcomes: readonly Map<string, string>[]): string[] {
  const [first, ...others] = outcomes
  return [...(first ?? [])]
    .filter(([place, result]) => others.some((other) => other.get(place) !== result))
    .map(([place]) => place)
}
