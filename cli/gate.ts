import type { StdioOptions } from 'node:child_process'
import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { ExitCode } from './exit-code.ts'
import { mark, say, stateFolder } from './operate.ts'

interface Step {
  readonly title: string
  readonly command: readonly string[]
  readonly environment?: NodeJS.ProcessEnv
  /** How many checks passed and failed; the exit code alone counts where it is absent. */
  count?(): { passed: number; failed: number }
}

const require = createRequire(import.meta.url)
const root = join(import.meta.dirname, '..')

export interface GateOptions {
  /** Also what is marked as slow: `*.slow.test.ts` and scenarios with `@slow`. */
  readonly full?: boolean
}

/** Types, lint, format, import rules, unit tests, scenarios with their report: what `npm test` and `npm run test:full` run. */
export async function gate({ full = false }: GateOptions): Promise<void> {
  let passed = 0
  let failed = 0
  for (const phase of phases(full)) {
    if (phase.length > 1) say(`…    ${phase.map(({ title }) => title).join(', ')}`)
    for (const counted of await Promise.all(phase.map((step) => take(step, phase.length === 1)))) {
      passed += counted.passed
      failed += counted.failed
    }
  }
  process.exitCode = failed === 0 ? ExitCode.passed : ExitCode.failed
  say(`${passed} passed, ${failed} failed`)
}

/** Runs a step; what runs beside others is heard when it is over. */
async function take(step: Step, isAlone: boolean): Promise<{ passed: number; failed: number }> {
  const started = performance.now()
  const { code, words } = await run(step, isAlone)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  process.stdout.write(words)
  say(`${mark(code === 0)} ${step.title} (${seconds} s)`)
  const counted = step.count?.() ?? { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 }
  return code !== 0 && counted.failed === 0 ? { ...counted, failed: 1 } : counted
}

/** One phase behind the other; its steps at the same time. */
function phases(isFull: boolean): Step[][] {
  const scenarios = join(root, 'reports', 'out', 'last', 'results.json')
  rmSync(scenarios, { force: true })
  const node = process.execPath
  const checks: Step[] = [
    { title: 'types', command: [node, require.resolve('typescript/bin/tsc'), '--noEmit'] },
    { title: 'lint', command: [node, packageFile('eslint', 'bin/eslint.js'), '.'] },
    {
      title: 'format',
      command: [node, packageFile('prettier', 'bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'],
    },
    {
      title: 'import rules',
      command: [
        node,
        packageFile('dependency-cruiser', 'bin/dependency-cruiser.mjs'),
        '--config',
        '.dependency-cruiser.cjs',
        '--exclude',
        String.raw`(\.test\.ts$|/fixtures/)`,
        ...areas,
      ],
    },
  ]
  return [
    checks,
    // Tests of one half use labs, which take addresses of their own; those of the other share some, one file at a time, and
    // hold nothing in their modules: one process for all of them halves the time.
    [
      unitTests('unit tests of lab and command', 'lab', ['lab/', 'cli/'], isFull),
      unitTests('unit tests of programs', 'programs', programs, isFull, ['--no-isolate']),
    ],
    [
      {
        title: 'scenarios',
        command: [
          ...[node, '--no-warnings', join(root, 'cli', 'main.ts'), 'test'],
          // Slow scenarios have each host in a process: one more at a time costs them more than it brings.
          ...(isFull ? ['--jobs', String(Math.min(4, availableParallelism()))] : ['--tags', 'not @slow']),
        ],
        count: () => countScenarios(scenarios),
      },
    ],
  ]
}

const programs = ['runtime/', 'guide/', 'reference-edge/', 'simulators/', 'features/', 'bench/', 'reports/']

function unitTests(
  title: string,
  name: string,
  folders: readonly string[],
  isFull: boolean,
  options: readonly string[] = [],
): Step {
  const report = join(stateFolder, `unit-tests-${name}.json`)
  rmSync(report, { force: true })
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`, '--maxWorkers=1']
  return {
    title,
    command: [process.execPath, packageFile('vitest', 'vitest.mjs'), 'run', ...reporters, ...options, ...folders],
    count: () => countUnits(report),
    ...(isFull ? { environment: { MRA_FULL: '1' } } : {}),
  }
}

const areas = ['runtime', 'guide', 'reference-edge', 'simulators', 'lab', 'features', 'cli', 'bench', 'reports']

function packageFile(name: string, path: string): string {
  return join(root, 'node_modules', name, path)
}

function run({ command, environment }: Step, isHeard: boolean): Promise<{ code: number; words: string }> {
  const stdio = isHeard ? 'inherit' : (['ignore', 'pipe', 'pipe'] as const)
  const child = spawn(command[0]!, command.slice(1), {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: stdio as StdioOptions,
  })
  let words = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (words += text))
  }
  return new Promise((resolve) => {
    child.once('error', () => resolve({ code: ExitCode.environment, words }))
    child.once('close', (code) => resolve({ code: code ?? ExitCode.failed, words }))
  })
}

function countUnits(path: string): { passed: number; failed: number } {
  const report = readJson<{ numPassedTests: number; numFailedTests: number; numFailedTestSuites: number }>(path)
  return { passed: report?.numPassedTests ?? 0, failed: report === undefined ? 1 : report.numFailedTests }
}

function countScenarios(path: string): { passed: number; failed: number } {
  const report = readJson<{ scenarios: { result: string }[] }>(path)
  const of = (isCounted: (result: string) => boolean) =>
    report?.scenarios.filter(({ result }) => isCounted(result)).length
  return {
    passed: of((result) => result === 'passed') ?? 0,
    failed: of((result) => result === 'failed' || result === 'harness error') ?? 1,
  }
}

function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T
  } catch {
    return undefined
  }
}
