import { Given, Then, When } from '@cucumber/cucumber'
import type { SignInResult } from '#lab/endpoint.ts'
import type { Reaction } from '#lab/operator/visitor.ts'
import { openVisitor } from '#lab/operator/visitor.ts'
import { Mismatch } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import type { LabWorld } from '../support/world.ts'

const provisioningModes: Readonly<Record<string, Record<string, unknown>>> = {
  'Cisco UCM via Expressway': { provisioningMode: 'edge' },
  'Cisco UCM': { provisioningMode: 'cucm', externalManager: 'cucm1.example.com' },
}

Given('the TC endpoint is in provisioning mode {string}', function (this: LabWorld, mode: string) {
  this.setClient('boardroom', provisioningModes[mode]!)
})

interface UnifiedCmDocument {
  readonly users: readonly { readonly id: string; readonly password: string }[]
  readonly devices: readonly { readonly owner?: string }[]
}

Given('Unified CM does not know the user {user}', function (this: LabWorld, user: string) {
  this.adapt((plan) => {
    if (plan.role !== 'cucm') return plan
    const document = plan.configuration as UnifiedCmDocument
    const users = document.users.filter(({ id }) => id !== user)
    const devices = document.devices.map(({ owner, ...device }) => (owner === user ? device : { owner, ...device }))
    return { ...plan, configuration: { ...document, users, devices } }
  })
})

/** In Unified CM, and by its Sync Agent at IM&P too. */
When('the password of {user} is changed to {string}', async function (this: LabWorld, user: string, password: string) {
  const lab = await this.lab()
  await lab.host('cucm1').management.call('setPassword', { user, password })
  const { users } = lab.plan('imp1').configuration as { users: readonly { readonly userId: string }[] }
  const changed = users.map((each) => (each.userId === user ? { ...each, password } : each))
  await lab.host('imp1').management.call('set', { users: changed })
})

When(
  'the {host} has {string} switched {switch}',
  async function (this: LabWorld, host: string, service: string, isOn: boolean) {
    await switchService(this, host, service, isOn)
  },
)

/** Cisco Unified Serviceability, Control Center: the services as they are called there. */
const services: Readonly<Record<string, string>> = {
  'Cisco AXL Web Service': 'axl',
  'Cisco User Data Services': 'uds',
  'Cisco Tftp': 'tftp',
  'Cisco CallManager': 'callManager',
}

async function switchService(world: LabWorld, host: string, service: string, isOn: boolean): Promise<void> {
  const { management } = await world.host(host)
  if (host === 'cucm1') await management.call('set', { path: `services.${services[service]!}`, value: isOn })
  else await management.call('set', { services: { axlWebService: isOn } })
}

interface WebAnswer {
  readonly status: number
  readonly reason: string
  readonly body: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** What the client's browser part got, left for the Thens. */
async function fetchInside(world: LabWorld, user: string, parameters: Record<string, unknown>): Promise<void> {
  const answer = await (await world.user(user)).call<WebAnswer>('fetch', parameters)
  if (world.memory.has('answer')) world.memory.set('answer before', world.recall('answer'))
  world.memory.set('answer', answer)
}

When('{user} fetches {string}', async function (this: LabWorld, user: string, url: string) {
  await fetchInside(this, user, { url })
})

function inboxAt(server: string): string {
  return `https://${server}/vmrest/mailbox/folders/inbox/messages`
}

When('{user} asks for the voicemail at {string}', async function (this: LabWorld, user: string, server: string) {
  await fetchInside(this, user, { url: inboxAt(server) })
})

When(
  '{user} asks for the voicemail at {string} without credentials',
  async function (this: LabWorld, user: string, server: string) {
    await fetchInside(this, user, { url: inboxAt(server), anonymous: true })
  },
)

/** NTLM negotiate message (MS-NLMP §2.2.1.1) instead of her name and password. */
When(
  '{user} asks for the voicemail at {string} with NTLM',
  async function (this: LabWorld, user: string, server: string) {
    await fetchInside(this, user, {
      url: inboxAt(server),
      headers: { authorization: 'NTLM TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAA=' },
    })
  },
)

Then('the answer is {int}', function (this: LabWorld, status: number) {
  const answer = this.recall<WebAnswer>('answer')
  if (answer.status !== status) throw new Mismatch('the answer', status, `${answer.status} ${answer.reason}`)
  this.showRecord('client', `answered ${answer.status} ${answer.reason}, ${answer.body.length} characters`)
})

Then('the answer contains {string}', function (this: LabWorld, text: string) {
  const { body, status } = this.recall<WebAnswer>('answer')
  if (!body.includes(text)) throw new Mismatch('the answer', `contains ${text}`, `${status}: ${body.slice(0, 300)}`)
  this.showRecord('client', `the answer contains ${text}`)
})

When('{user} asks for the edge configuration without credentials', async function (this: LabWorld, user: string) {
  const { domain } = (await this.lab()).topology
  const target = `/${Buffer.from(domain).toString('base64')}/get_edge_config?service_name=_cisco-uds`
  const answer = await (await this.user(user)).call<WebAnswer>('fetchTarget', { host: `vcse1.${domain}`, target })
  this.memory.set('answer', answer)
})

When(
  'a stranger on the internet says plain HTTP to port {int} of the {host}',
  async function (this: LabWorld, port: number, host: string) {
    const lab = await this.lab()
    await using visitor = await openVisitor(lab, 'internet')
    const request = 'GET / HTTP/1.1\r\nHost: vcse1.example.com\r\n\r\n'
    this.memory.set('reaction', await visitor.say({ address: addressOf(lab, host), port }, request))
  },
)

Then('the connection is closed without an HTTP answer', function (this: LabWorld) {
  const { outcome, says } = this.recall<Reaction>('reaction')
  const isRefused = outcome === 'closed' || (outcome === 'answered' && !says.includes('HTTP/'))
  if (!isRefused) throw new Mismatch('the reaction to plain HTTP', 'closed', { outcome, says })
  this.showRecord('stranger', `${outcome} ${JSON.stringify(says)}`)
})

Then('{user} finds {user} in the directory', async function (this: LabWorld, user: string, other: string) {
  const { user: wanted } = await this.user(other)
  const found = await (
    await this.user(user)
  ).call<{ userName: string; phoneNumber?: string }[]>('directorySearch', {
    name: wanted.name,
  })
  const entry = found.find(({ userName }) => userName === wanted.id)
  if (entry?.phoneNumber !== wanted.line) throw new Mismatch(`directory entry of ${other}`, wanted.line, found)
  this.showRecord(user, `found ${entry.userName}, ${entry.phoneNumber}`)
})

Then('{user} can read the voicemail list', async function (this: LabWorld, user: string) {
  const { status, total } = await (await this.user(user)).call<{ status: number; total: number }>('voicemail')
  if (status !== 200 || total === 0)
    throw new Mismatch(`voicemail of ${user}`, 'a list', `${status}, ${total} messages`)
  this.showRecord(user, `voicemail list: ${total} messages`)
})

When('{user} asks for voicemail', async function (this: LabWorld, user: string) {
  const { status } = await (await this.user(user)).call<{ status: number }>('voicemail')
  this.memory.set('answer', { status, reason: '', body: '', headers: {} } satisfies WebAnswer)
})

Then('both answers are the same', function (this: LabWorld) {
  const [before, after] = [this.recall<WebAnswer>('answer before'), this.recall<WebAnswer>('answer')]
  const isSame = before.status === 200 && after.status === 200 && before.body === after.body
  if (!isSame || after.body === '') throw new Mismatch('the two answers', before.body, after.body)
  this.showRecord('clients', `the same ${after.body.length} characters twice`)
})

Then(
  "{user}'s stage {string} is {stageOutcome}",
  function (this: LabWorld, user: string, name: string, wanted: string) {
    const { stages } = this.recall<SignInResult>(`sign-in of ${user}`)
    const stage = stages.find((each) => each.name === name)
    if (stage?.outcome !== wanted) throw new Mismatch(`${name} of ${user}`, wanted, stage)
    this.showRecord(user, `${name}: ${wanted}, ${stage.detail ?? ''}`)
  },
)

Then('the edge configuration of {user} has {string}', async function (this: LabWorld, user: string, text: string) {
  const { document } = await (await this.user(user)).call<{ document: string }>('edgeConfig')
  const compact = document.replaceAll(/>\s+</g, '><')
  if (!compact.includes(text)) throw new Mismatch(`edge configuration of ${user}`, text, compact)
  this.showRecord(user, `the edge configuration has ${text}`)
})

Given('Unified CM has {user} not enabled for IM and Presence', function (this: LabWorld, user: string) {
  this.adapt((plan) => {
    if (plan.role !== 'cucm') return plan
    const document = plan.configuration as UnifiedCmDocument
    const users = document.users.map((each) => (each.id === user ? { ...each, imAndPresence: false } : each))
    return { ...plan, configuration: { ...document, users } }
  })
})

interface ProvisioningSession {
  readonly user: string
  readonly device: string
  readonly state: 'current' | 'recent'
}

/** As the status page of the Control lists them. */
async function sessionsOf(world: LabWorld, user: string): Promise<ProvisioningSession[]> {
  const { management } = await world.host('vcsc1')
  const state = await management.call<{ provisioningSessions: ProvisioningSession[] }>('state')
  return state.provisioningSessions.filter((session) => session.user === user)
}

Then('Control lists no provisioning session of {user}', async function (this: LabWorld, user: string) {
  const found = await sessionsOf(this, user)
  if (found.length > 0) throw new Mismatch(`provisioning sessions of ${user}`, 'none', found)
  this.showRecord('vcsc1', `no provisioning session of ${user}`)
})

Then(
  'Control lists a {sessionState} provisioning session of {user} with device {string}',
  async function (this: LabWorld, state: string, user: string, device: string) {
    const found = await sessionsOf(this, user)
    const isThere = found.some((session) => session.state === state && session.device === device)
    if (!isThere) throw new Mismatch(`provisioning sessions of ${user}`, `${state}, ${device}`, found)
    this.showRecord('vcsc1', `${state} provisioning session of ${user}, device ${device}`)
  },
)
