import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { canMakeNamespaces } from '#lab/fabric/private.ts'

const mra = join(import.meta.dirname, '..', 'bin', 'mra.mjs')
const hasFirewall = spawnSync('nft', ['--version']).status === 0 && canMakeNamespaces()

function ports(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [mra, 'ports', ...words], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, stdout, stderr }
}

test.skipIf(!hasFirewall)('a row closed takes down what the table says, and heals', { timeout: 60_000 }, () => {
  const { status, stdout, stderr } = ports('--prove', '--row', 'PORT-CE-02')
  expect(stdout, stderr).toMatch(/^ok {3}PORT-CE-02 .* fails: SSH tunnel, sign-in and all behind it;\s+healed/m)
  expect(stdout).toMatch(/^1 rows: 1 ok, 0 mismatches \(/m)
  expect(status).toBe(0)
})

test.skipIf(!hasFirewall)('a wrong claim is reported in both directions', { timeout: 60_000 }, () => {
  const { status, stdout, stderr } = ports('--prove', '--row', 'PORT-CU-04', '--claim', 'directory', '--json')
  const { rows, summary } = JSON.parse(stdout || `{"stderr":${JSON.stringify(stderr)}}`)
  expect(rows[0].differences).toEqual([
    expect.stringMatching(/^directory was said to fail and works: /),
    expect.stringMatching(/^voicemail was said to live and fails: /),
  ])
  expect(summary).toEqual({ rows: 1, ok: 0, mismatches: 1 })
  expect(status).toBe(1)
})
