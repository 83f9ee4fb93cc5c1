import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const mra = join(import.meta.dirname, '..', 'bin', 'mra.mjs')

function licence(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [mra, 'licence', ...words], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, stdout, stderr }
}

const columns = (line: string | undefined) => line?.trim().split(/ {2,}/)

test('each step has a line with what stands, what is used and the rule; the rules are below', () => {
  const { status, stdout } = licence('--traversal', '100', '20 audio, 90 video, 1 audio')
  expect(status).toBe(0)
  const lines = stdout.split('\n')
  expect(columns(lines.find((line) => line.startsWith('90 video')))).toEqual([
    '90 video',
    '90',
    '0',
    '100/100',
    '110/150',
    '0/0',
    'R2',
  ])
  expect(columns(lines.find((line) => line.startsWith('1 audio')))).toEqual([
    '1 audio',
    '0',
    '1',
    '100/100',
    '110/150',
    '0/0',
    'R4',
  ])
  expect(stdout).toContain('guide: LIC-17, LIC-18')
})

test('an example is answered with its own licences', () => {
  const { status, stdout } = licence('e6')
  expect(status).toBe(0)
  expect(stdout).toContain('1.5/2 licences while they were set up')
  expect(licence('E21').stdout).toContain('2500/2500 registrations')
})

test('the list has every example and fits into 100 columns, as all output does', () => {
  const { stdout } = licence('--list')
  expect(stdout.match(/^E\d+ /gm)).toHaveLength(21)
  const shown = [stdout, licence('E1').stdout, licence('E5').stdout, licence('E21').stdout].join('\n')
  expect(shown.split('\n').filter((line) => line.length > 100)).toEqual([])
})

test('as JSON it is one line', () => {
  const { runs } = JSON.parse(licence('E14', '--json').stdout)
  expect(runs[0].steps.map((step: { accepted: number }) => step.accepted)).toEqual([75, 0])
  const large = JSON.parse(licence('--size', 'large', '501 mra', '--json').stdout)
  expect(large.steps[0]).toMatchObject({ accepted: 500, refused: 1, rule: 'R9' })
  expect(JSON.parse(licence('--list', '--json').stdout).rules).toMatchObject({
    R8: { statements: ['LIC-15', 'LIC-16'] },
  })
})

test.each([
  ['no calls', [], 'say which calls'],
  ['an unknown example', ['E22'], 'known: E1, E2'],
  ['an unknown kind', ['3 faxes'], 'unknown kind of call "faxes"'],
  ['no number of licences', ['--traversal', 'many', '1 audio'], '--traversal many'],
  ['an unknown size', ['--size', 'small', '1 audio'], '--size small: unknown; known: standard, Large VM'],
  ['licences for an example', ['E2', '--traversal', '3'], 'E2 has licences'],
])('%s is a usage error that says what is wrong', (_title, words, says) => {
  const { status, stderr } = licence(...words)
  expect(status).toBe(2)
  expect(stderr).toContain(says)
})
