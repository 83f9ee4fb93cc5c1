import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { canMakeNamespaces } from '#lab/fabric/private.ts'

const mra = join(import.meta.dirname, '..', 'bin', 'mra.mjs')
const hasFirewall = spawnSync('nft', ['--version']).status === 0 && canMakeNamespaces()

function run(...words: string[]) {
  return spawnSync(process.execPath, [mra, ...words], { encoding: 'utf8', timeout: 90_000 })
}

test.skipIf(!hasFirewall)('a firewall that stops reflecting is reproduced, and gone again', { timeout: 90_000 }, () => {
  const { status, stdout, stderr } = run('repro', 'static-nat-no-reflection')
  expect(stdout, stderr).toMatch(/^ok {3}fault .* refused: 502 /m)
  expect(stdout).toMatch(/symptom reproduced and gone again/)
  expect(status).toBe(0)
})

test('a firewall without reflection is no place for static NAT with a single NIC', () => {
  const { status, stderr } = run('lab', '--topology', 'static-nat', '--firewall', 'no-reflection', '--once')
  expect(stderr).toMatch(/cannot be deployed behind a firewall without NAT reflection: vcse1 has a single NIC/)
  expect(status).toBe(3)
})
