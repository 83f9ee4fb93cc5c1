import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const mra = join(import.meta.dirname, '..', 'bin', 'mra.mjs')

function ports(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [mra, 'ports', ...words], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, stdout, stderr }
}

test('the table fits into 100 columns and has every row', () => {
  const { status, stdout } = ports()
  expect(status).toBe(0)
  expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([])
  expect(stdout.match(/^PORT-/gm)).toHaveLength(18)
})

test('as JSON it is one line', () => {
  const { rows, unlistedFlows, reservedPorts } = JSON.parse(ports('--json').stdout)
  expect(rows).toHaveLength(18)
  expect(rows[1]).toMatchObject({ id: 'PORT-CE-02', protocol: 'TCP', to: { ports: [2222, 2222] } })
  expect(unlistedFlows.length).toBeGreaterThan(0)
  expect(reservedPorts).toEqual([8191, 8192, 8883, 8884])
})

test.each([
  ['an unknown row', ['--row', 'PORT-XX-01']],
  ['a claim without a row', ['--prove', '--claim', 'chat']],
  ['a claim about nothing known', ['--prove', '--row', 'PORT-CE-01', '--claim', 'coffee']],
])('%s is a usage error', (_title, words) => {
  expect(ports(...words).status).toBe(2)
})
