import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** A copy of what the command needs, so that the reports of the checkout stay those of its own last run. */
const copy = mkdtempSync(join(tmpdir(), 'mra-exit-codes-'))
for (const area of [
  'bin',
  'cli',
  'guide',
  'runtime',
  'reference-edge',
  'simulators',
  'lab',
  'features',
  'reports',
  'bench',
]) {
  cpSync(join(root, area), join(copy, area), { recursive: true, filter: (path) => !path.includes('reports/out') })
}
cpSync(join(root, 'package.json'), join(copy, 'package.json'))
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
// Keys of earlier labs, where there are any: making them takes longer than all the rest.
const pki = join(root, '.mra', 'pki')
if (existsSync(pki)) cpSync(pki, join(copy, '.mra', 'pki'), { recursive: true })
afterAll(() => rmSync(copy, { recursive: true, force: true }))

function mra(words: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, [join(copy, 'bin', 'mra.mjs'), ...words], {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    timeout: 60_000,
  })
}

test.each([
  ['0: all passed', ['test', 'features/sign-in.feature', '--name', 'signs in with her password', '--jobs', '1'], 0],
  ['0: help', ['--help'], 0],
  ['1: a stage failed', ['demo', '--once', '--sabotage', 'srtp-key'], 1],
  ['2: unknown option', ['test', '--nonsense'], 2],
  ['2: unknown value', ['test', '--repeat', 'often'], 2],
  ['2: unknown reporter', ['test', '--reporter', 'carrier-pigeon'], 2],
  ['2: unknown field issue', ['repro', '418-teapot'], 2],
  ['2: unknown topology', ['lab', '--topology', 'nowhere', '--once'], 2],
  ['4: nothing selected', ['test', '--tags', '@nosuch', '--jobs', '1'], 4],
])('exit code %s', { timeout: 60_000 }, (_title, words, code) => {
  const { status, stderr } = mra(words)
  expect({ status, stderr: code === status ? '' : stderr }).toEqual({ status: code, stderr: '' })
})

test('exit code 3: the environment cannot run it', () => {
  const { status, stderr } = mra(['exec', '--', 'no-such-program'], { MRA_LAB: join(copy, 'absent.json') })
  expect(status).toBe(3)
  expect(stderr).toMatch(/absent\.json/)
})
