import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const cruiser = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs')
const configuration = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs')) as {
  forbidden: { name: string }[]
}

interface Report {
  readonly summary: { readonly violations: readonly { readonly rule: { readonly name: string } }[] }
}

test('every import rule is violated by a fixture, so that none can be empty', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mra-import-rules-'))
  try {
    cpSync(join(import.meta.dirname, 'fixtures', 'imports'), folder, { recursive: true })
    const { stdout } = spawnSync(
      process.execPath,
      [cruiser, '--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'json', '.'],
      { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
    )
    const violated = new Set((JSON.parse(stdout) as Report).summary.violations.map(({ rule }) => rule.name))
    expect([...violated].sort()).toEqual(configuration.forbidden.map(({ name }) => name).sort())
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
