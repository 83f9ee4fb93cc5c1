import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { Placement } from '../lab.ts'
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

function temporaryFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => /^mra-(lab|endpoints)-/.test(name))
}

describe.each<Placement>(['inline', 'process'])('a lab placed %s leaves nothing behind', (placement) => {
  test('twice', async () => {
    for (const round of ['first', 'second']) {
      // What a killed run of earlier left behind is not ours.
      const before = temporaryFolders()
      const endpoints = openEndpointProcesses(['jabber'])
      const lab = await Lab.start({ seed: round, placement, endpoints, pkiFolder })
      const { data } = lab
      const number = lab.fabric.lab
      try {
        expect((await lab.endpoint('alice').signIn()).error).toBeUndefined()
        expect(listening(number).length).toBeGreaterThan(20)
        expect(children().length).toBeGreaterThan(0)
      } finally {
        await lab.stop()
        await endpoints.stop()
      }
      expect(listening(number)).toEqual([])
      expect(children()).toEqual([])
      const ours = new RegExp(`^mra-(lab-${number}|endpoints)-`)
      const left = temporaryFolders().filter((name) => ours.test(name) && !before.includes(name))
      expect(left).toEqual([])
      expect(existsSync(data)).toBe(false)
    }
  }, 40_000)
})
