import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ExitCode } from './exit-code.ts'
import { mark, say, stateFolder } from './operate.ts'

interface Step {
  readonly title: string
  readonly command: readonly string[]
  /** How many checks passed and failed; the exit code alone counts where it is absent. */
  count?(): { passed: number; failed: number }
}

const require = createRequire(import.meta.url)
const root = join(import.meta.dirname, '..')

/** Types, lint, format, import rules, unit tests, scenarios with their report: what `npm test` runs. */
export async function gate(): Promise<void> {
  let passed = 0
  let failed = 0
  for (const step of steps()) {
    const started = performance.now()
    const code = await run(step.command)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    say(`${mark(code === 0)} ${step.title} (${seconds} s)`)
    const counted = step.count?.() ?? { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 }
    passed += counted.passed
    failed += counted.failed
    if (code !== 0 && counted.failed === 0) failed++
  }
  process.exitCode = failed === 0 ? ExitCode.passed : ExitCode.failed
  say(`${passed} passed, ${failed} failed`)
}

function steps(): Step[] {
  const units = join(stateFolder, 'unit-tests.json')
  const scenarios = join(root, 'reports', 'out', 'last', 'results.json')
  for (const path of [units, scenarios]) rmSync(path, { force: true })
  const node = process.execPath
  return [
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
    {
      title: 'unit tests',
      command: [
        node,
        packageFile('vitest', 'vitest.mjs'),
        'run',
        '--reporter=dot',
        '--reporter=json',
        `--outputFile.json=${units}`,
      ],
      count: () => countUnits(units),
    },
    {
      title: 'scenarios',
      command: [node, '--no-warnings', join(root, 'cli', 'main.ts'), 'test'],
      count: () => countScenarios(scenarios),
    },
  ]
}

const areas = ['runtime', 'guide', 'reference-edge', 'simulators', 'lab', 'features', 'cli', 'bench', 'reports']

function packageFile(name: string, path: string): string {
  return join(root, 'node_modules', name, path)
}

function run(command: readonly string[]): Promise<number> {
  const child = spawn(command[0]!, command.slice(1), { cwd: root, stdio: 'inherit' })
  return new Promise((resolve) => {
    child.once('error', () => resolve(ExitCode.environment))
    child.once('exit', (code) => resolve(code ?? ExitCode.failed))
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
