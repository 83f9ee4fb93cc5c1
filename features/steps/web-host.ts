import { Then, When } from '@cucumber/cucumber'
import { Mismatch } from '../support/matchers.ts'
import type { LabWorld } from '../support/world.ts'

/** What the client got, as the steps about answers want it. */
async function ask(world: LabWorld, user: string, method: string, parameters: Record<string, unknown>): Promise<void> {
  const answer = await (await world.user(user)).call<Record<string, unknown>>(method, parameters)
  world.memory.set('answer', { reason: '', body: '', headers: {}, ...answer })
}

When("{user}'s Jabber checks for updates", async function (this: LabWorld, user: string) {
  await ask(this, user, 'checkForUpdate', {})
})

When('{user} opens the tab {string}', async function (this: LabWorld, user: string, tooltip: string) {
  await ask(this, user, 'openCustomTab', { tooltip })
})

When('{user} looks at the photo of {user}', async function (this: LabWorld, user: string, other: string) {
  await ask(this, user, 'photo', { of: other })
})

interface Access {
  readonly scheme: string
  readonly target: string
  readonly status: number
  readonly source: string
}

const accessLog = async (world: LabWorld) => (await world.host('web1')).management.call<Access[]>('accessLog')

Then('the access log of the web server has {string}', async function (this: LabWorld, target: string) {
  const log = await accessLog(this)
  const found = log.find((access) => access.target === target && access.status === 200)
  if (found === undefined) throw new Mismatch('access log of the web server', target, log)
  this.showRecord('web1', `${found.scheme} ${found.target} ${found.status} from ${found.source}`)
})

Then('the access log of the web server is empty', async function (this: LabWorld) {
  const log = await accessLog(this)
  if (log.length > 0) throw new Mismatch('access log of the web server', 'empty', log)
  this.showRecord('web1', 'nobody asked for anything')
})
