import { Then, When } from '@cucumber/cucumber'
import type { PageValues } from '#lab/vcs/vcs-document.ts'
import { withRows } from '#lab/vcs/vcs-document.ts'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch } from '../support/matchers.ts'
import type { ViewRow } from '../support/page-views.ts'
import { viewOn } from '../support/page-views.ts'
import { addressOf } from '../support/places.ts'
import { administer } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

const page = 'System > Time'

async function setClock(world: LabWorld, host: string, seconds: number): Promise<void> {
  await (await world.host(host)).management.call('setClockOffset', { milliseconds: seconds * 1_000 })
}

/** Silent, they let a clock be as wrong as a scenario wants it. */
async function setNtpServers(world: LabWorld, isSilent: boolean): Promise<void> {
  const servers = (await world.lab()).hosts().filter(({ role }) => role === 'ntp')
  for (const { management } of servers) await management.call('set', { isSilent })
}

When(
  'the clock of the {host} is wrong by {int} seconds',
  async function (this: LabWorld, host: string, seconds: number) {
    await setNtpServers(this, true)
    await setClock(this, host, seconds)
  },
)

When(
  /^the clock of the (VCS Control|VCS Expressway) is (\d+) seconds (fast|slow)$/,
  async function (this: LabWorld, vcs: string, seconds: string, direction: string) {
    await setNtpServers(this, true)
    const host = vcs === 'VCS Control' ? 'vcsc1' : 'vcse1'
    await setClock(this, host, direction === 'fast' ? Number(seconds) : -Number(seconds))
  },
)

When('the clock of the {host} is right again', async function (this: LabWorld, host: string) {
  await setClock(this, host, 0)
  await setNtpServers(this, false)
})

When('the NTP servers answer again', async function (this: LabWorld) {
  await setNtpServers(this, false)
})

When(
  'the clock of the {host} slips by {int} seconds while its NTP server answers',
  async function (this: LabWorld, host: string, seconds: number) {
    await setClock(this, host, seconds)
  },
)

When('the NTP server of the {host} is {string}', async function (this: LabWorld, host: string, address: string) {
  await administer(this, host, (document) => withRows(document, page, () => [{ Address: address }]))
})

async function setAuthentication(world: LabWorld, host: string, values: PageValues): Promise<void> {
  const change = (rows: readonly PageValues[]) => rows.map((row) => ({ ...row, ...values }))
  await administer(world, host, (document) => withRows(document, page, change))
}

function symmetricKey(key: string): PageValues {
  return { Authentication: 'Symmetric key', 'Key ID': 1, Hash: 'SHA-1', 'Pass phrase': key }
}

When('the {host} has the symmetric key of its NTP server', async function (this: LabWorld, host: string) {
  await setAuthentication(this, host, symmetricKey((await this.lab()).secrets.ntpKey))
})

When('the {host} has another symmetric key than its NTP server', async function (this: LabWorld, host: string) {
  await setAuthentication(this, host, symmetricKey('00'.repeat(20)))
})

async function serverShown(world: LabWorld, host: string): Promise<ViewRow | undefined> {
  return (await viewOn(world, host, page, 'status'))[0]
}

async function serverBecomes(world: LabWorld, host: string, wanted: string): Promise<ViewRow> {
  let last: ViewRow | undefined
  const isSo = async () => (last = await serverShown(world, host))?.['state'] === wanted
  await waitFor(`the NTP server of ${host} to be ${wanted}`, isSo, { limitMs: 6_000, lastSeen: () => last })
  world.showRecord(host, `NTP server ${last!['address']}: ${wanted} ${last!['reason'] ?? ''}`)
  return last!
}

Then('the {host} shows its NTP server as {string}', async function (this: LabWorld, host: string, wanted: string) {
  await serverBecomes(this, host, wanted)
})

/** By its own clock: it asks several times before it gives up. */
Then(
  'after a while the {host} shows its NTP server as {string}',
  async function (this: LabWorld, host: string, wanted: string) {
    const lab = await this.lab()
    let last: ViewRow | undefined
    const isSo = async () => {
      await lab.advance(5_000)
      return (last = await serverShown(this, host))?.['state'] === wanted
    }
    await waitFor(`the NTP server of ${host} to be ${wanted}`, isSo, { limitMs: 3_000, lastSeen: () => last })
    this.showRecord(host, `NTP server ${last!['address']}: ${wanted} ${last!['reason'] ?? ''}`)
  },
)

/** What the server itself noted, of questions from this VCS. */
async function answersTo(world: LabWorld, server: string, host: string): Promise<string[]> {
  const asked = await (await world.host(server)).management.call<{ from: string; answer: string }[]>('history')
  const from = addressOf(await world.lab(), host)
  return asked.filter((each) => each.from === from).map(({ answer }) => answer)
}

async function lastAnswerIs(world: LabWorld, server: string, host: string, wanted: string): Promise<void> {
  let last: string[] = []
  const isSo = async () => (last = await answersTo(world, server, host)).at(-1) === wanted
  await waitFor(`${server} to answer ${host}: ${wanted}`, isSo, { lastSeen: () => last })
  world.showRecord(server, `answered ${host}: ${wanted}`)
}

Then('the {host} has given its time to the {host}', async function (this: LabWorld, server: string, host: string) {
  await lastAnswerIs(this, server, host, 'time')
})

Then(
  'the {host} has given authenticated time to the {host}',
  async function (this: LabWorld, server: string, host: string) {
    await lastAnswerIs(this, server, host, 'authenticated time')
  },
)

Then('the {host} has rejected the key of the {host}', async function (this: LabWorld, server: string, host: string) {
  await lastAnswerIs(this, server, host, 'crypto-NAK')
})

async function secondsAhead(world: LabWorld, host: string, other: string): Promise<number> {
  const clockOf = async (name: string) => (await world.host(name)).management.call<{ now: string }>('clock')
  const [own, others] = await Promise.all([clockOf(host), clockOf(other)])
  return (Date.parse(own.now) - Date.parse(others.now)) / 1_000
}

Then('the clock of the {host} agrees with the {host}', async function (this: LabWorld, host: string, server: string) {
  let last: number | undefined
  const isSo = async () => Math.abs((last = await secondsAhead(this, host, server))) < 0.5
  await waitFor(`the clock of ${host} to agree with ${server}`, isSo, { limitMs: 8_000, lastSeen: () => last })
  this.showRecord(host, `its clock is ${last} s ahead of ${server}`)
})

Then('the next registration of {user} is refused', async function (this: LabWorld, user: string) {
  const { status, reason } = await (await this.user(user)).call<{ status: number; reason: string }>('reRegister')
  if (status !== 403) throw new Mismatch(`registration of ${user}`, 403, `${status} ${reason}`)
  this.showRecord(user, `REGISTER answered ${status} ${reason}`)
})

Then('the next registration of {user} succeeds', async function (this: LabWorld, user: string) {
  const { status, reason } = await (await this.user(user)).call<{ status: number; reason: string }>('reRegister')
  if (status !== 200) throw new Mismatch(`registration of ${user}`, 200, `${status} ${reason}`)
  this.showRecord(user, `REGISTER answered ${status}`)
})
