import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openTemporaryFolder, removeAbandonedFolders } from './temporary-folders.ts'

const parent = mkdtempSync(join(tmpdir(), 'mra-folders-'))
afterAll(() => rmSync(parent, { recursive: true, force: true }))

test('folders of processes that are gone are removed, with what is in them; nothing else is', () => {
  const { pid } = spawnSync(process.execPath, ['--version'])
  const own = openTemporaryFolder('lab-3', parent)
  const foreign = ['mra-lab-3-abcdef', 'mra-recording-1-abcdef', `other-${pid}-abcdef`].map((name) =>
    join(parent, name),
  )
  const abandoned = [`mra-lab-3-${pid}-aB3dEf`, `mra-endpoints-${pid}-aB3dEf`].map((name) => join(parent, name))
  for (const folder of [...foreign, ...abandoned]) {
    mkdirSync(folder)
    writeFileSync(join(folder, 'trace'), 'secret')
  }
  removeAbandonedFolders(parent)
  expect(basename(own)).toContain(`-${process.pid}-`)
  expect([own, ...foreign].every((folder) => existsSync(folder))).toBe(true)
  expect(abandoned.filter((folder) => existsSync(folder))).toEqual([])
})
