import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Then, When } from '@cucumber/cucumber'
import { Mismatch } from '../support/matchers.ts'
import type { LabWorld } from '../support/world.ts'

/** What `mra ports --prove --json` prints, as far as it is asked about. */
interface PortProof {
  readonly open: { readonly functions: number; readonly differences: readonly string[] }
  readonly listeners: { readonly count: number; readonly differences: readonly string[] }
  readonly rows: ReadonlyArray<{
    readonly id: string
    readonly verdict: string
    readonly failed: readonly string[]
    readonly differences: readonly string[]
    readonly healedAfterMs?: number
  }>
}

const mra = fileURLToPath(new URL('../../bin/mra.mjs', import.meta.url))

/** In a network namespace and a process of its own: firewall rules of this machine are not touched. */
function provePort(row: string): Promise<PortProof> {
  const words = [mra, 'ports', '--prove', '--json', '--row', row]
  return new Promise((resolve, reject) => {
    execFile(process.execPath, words, { timeout: 55_000 }, (error, output, problems) => {
      if (output.startsWith('{')) resolve(JSON.parse(output) as PortProof)
      else reject(new Mismatch(`mra ${words.slice(1).join(' ')}`, 'a result', error?.message ?? problems))
    })
  })
}

When('the row {string} of the port reference is closed and opened again', async function (this: LabWorld, row: string) {
  this.memory.set('port proof', await provePort(row))
})

Then('before that everything works through exactly the rows of the tables', function (this: LabWorld) {
  const { open, listeners } = this.recall<PortProof>('port proof')
  if (open.differences.length > 0) throw new Mismatch('all rows open', 'everything works', open.differences)
  if (listeners.differences.length > 0) throw new Mismatch('listening ports', 'those known', listeners.differences)
  this.showRecord('firewall', `all rows open: ${open.functions} functions work, nothing else was sent`)
  this.showRecord('firewall', `${listeners.count} listening ports, none unexpected`)
})

Then(
  'exactly what the table says fails while {string} is closed, {string} among it',
  function (this: LabWorld, id: string, lost: string) {
    const { verdict, differences, failed } = rowOf(this, id)
    if (verdict !== 'ok') throw new Mismatch(id, 'ok', [verdict, ...differences])
    if (!failed.includes(lost)) throw new Mismatch(`what fails without ${id}`, lost, failed)
    this.showRecord('firewall', `${id} closed: ${failed.join(', ')} fail, all else lives`)
  },
)

Then('everything works again once {string} is open', function (this: LabWorld, id: string) {
  const { healedAfterMs } = rowOf(this, id)
  if (healedAfterMs === undefined) throw new Mismatch(id, 'healed', 'not healed')
  this.showRecord('firewall', `${id} open again: all works after ${Math.round(healedAfterMs)} ms`)
})

function rowOf(world: LabWorld, id: string): PortProof['rows'][number] {
  const row = world.recall<PortProof>('port proof').rows.find((each) => each.id === id)
  if (row === undefined) throw new Mismatch('the rows proved', id, 'not among them')
  return row
}
