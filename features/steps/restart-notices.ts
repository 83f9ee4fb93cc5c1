import { Then } from '@cucumber/cucumber'
import { waitFor } from '#runtime/wait.ts'
import { viewOn } from '../support/page-views.ts'
import type { LabWorld } from '../support/world.ts'

const noticed = {
  alarm: {
    page: 'Status > Alarms',
    view: 'alarms',
    isIt: (row: Row) => row['id'] === 25010 && row['state'] === 'Raised',
  },
  error: {
    page: 'Status > Unified Communications',
    view: 'errors',
    isIt: (row: Row) => String(row['says']).includes('until the VCS is restarted'),
  },
} as const
type Row = Readonly<Record<string, string | number | boolean | undefined>>

async function notices(world: LabWorld, host: string, kind: keyof typeof noticed, isWanted: boolean): Promise<void> {
  const { page, view, isIt } = noticed[kind]
  let last: readonly Row[] = []
  const isSo = async () => (last = await viewOn(world, host, page, view)).some(isIt) === isWanted
  await waitFor(`${page} of ${host}`, isSo, { limitMs: 3_000, lastSeen: () => last })
  const rows = last.filter(isIt).map((row) => String(row['says'] ?? row['title']))
  world.showRecord(host, `${page}: ${isWanted ? rows.join('; ') : 'nothing about a restart'}`)
}

Then('the {host} asks for a restart in an alarm', async function (this: LabWorld, host: string) {
  await notices(this, host, 'alarm', true)
})

Then('the {host} has no alarm about a restart', async function (this: LabWorld, host: string) {
  await notices(this, host, 'alarm', false)
})

Then(
  'the Unified Communications status of the {host} has the certificates among its errors',
  async function (this: LabWorld, host: string) {
    await notices(this, host, 'error', true)
  },
)

Then(
  'the Unified Communications status of the {host} has no certificates among its errors',
  async function (this: LabWorld, host: string) {
    await notices(this, host, 'error', false)
  },
)
