import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { Placement } from '../options.ts'
import { Lab } from '../lab.ts'
import { openEndpointProcesses } from '../roles/endpoints.ts'

const pkiFolder = fileURLToPath(new URL('../../.mra/pki', import.meta.url))

/** Sockets of a lab that still listen, TCP and UDP. */
function listening(lab: number): string[] {
  return ['-ltnH', '-lunH'].flatMap((flags) =>
    execFileSync('ss', [flags], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(` 127.${lab}.`)),
  )
}

/** Children of this process that run our programs. */
function children(): string[] {
  return readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
    .split(' ')
    .filter((pid) => pid !== '' && existsSync(`/proc/${pid}/cmdline`))
    .map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '))
    .filter((command) => command.includes('main.ts'))
}

/** Folders under the machine's temporary one that our children were given. */
function foldersOf(commands: readonly string[]): string[] {
  const pattern = new RegExp(`${tmpdir()}/mra-[\\w-]+`)
  return [...new Set(commands.flatMap((command) => pattern.exec(command)?.[0] ?? []))]
}

describe.each<Placement>(['inline', 'process'])('a lab placed %s leaves nothing behind', (placement) => {
  test('twice', async () => {
    for (const round of ['first', 'second']) {
      let folders: string[] = []
      const endpoints = openEndpointProcesses(['jabber'])
      const lab = await Lab.start({ seed: round, placement, endpoints, pkiFolder })
      const { data } = lab
      const number = lab.fabric.lab
      try {
        expect((await lab.endpoint('alice').signIn()).error).toBeUndefined()
        expect(listening(number).length).toBeGreaterThan(20)
        folders = [data, ...foldersOf(children())]
        expect(folders.length).toBeGreaterThan(1)
        expect(folders.every((folder) => existsSync(folder))).toBe(true)
      } finally {
        await lab.stop()
        await endpoints.stop()
      }
      expect(listening(number)).toEqual([])
      expect(children()).toEqual([])
      expect(folders.filter((folder) => existsSync(folder))).toEqual([])
    }
  }, 40_000)
})
