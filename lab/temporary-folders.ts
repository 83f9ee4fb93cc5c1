import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processLives } from './process-lives.ts'

/** A new folder `mra-<what>-<pid>-<random>` of this process, mode 0700; whoever opens it removes it. */
export function openTemporaryFolder(what: string, parent = tmpdir()): string {
  return mkdtempSync(join(parent, `mra-${what}-${process.pid}-`))
}

/** Removes the folders whose owner was killed before it could. */
export function removeAbandonedFolders(parent = tmpdir()): void {
  for (const name of readdirSync(parent)) {
    const owner = ownedName.exec(name)?.[1]
    if (owner === undefined || processLives(Number(owner))) continue
    // Another user's folder stays, and so does one that another lab is just removing.
    try {
      rmSync(join(parent, name), { recursive: true, force: true })
    } catch (error) {
      if (!stays.includes((error as { code?: string }).code ?? '')) throw error
    }
  }
}

const ownedName = /^mra-(?:lab-\d+|endpoints)-([1-9]\d*)-\w{6}$/
const stays = ['EPERM', 'EACCES', 'ENOTEMPTY']
