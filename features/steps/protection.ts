import { defineParameterType, Given, Then, When } from '@cucumber/cucumber'
import type { RawConnection } from '#lab/self-test/raw-client.ts'
import { waitFor } from '#runtime/wait.ts'
import type { ProxyReaction } from '../support/http-proxy.ts'
import { askHttpProxy, askOn, edgeConfigRequest, openHttpProxy } from '../support/http-proxy.ts'
import { Mismatch } from '../support/matchers.ts'
import { changeRow, mustPress } from '../support/page-actions.ts'
import type { ViewRow } from '../support/page-views.ts'
import { viewOn } from '../support/page-views.ts'
import { addressOf } from '../support/places.ts'
import { statusOf } from '../support/refusals.ts'
import { administer, formChange, onlyRows } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

const detectionPage = 'System > Protection > Automated detection > Configuration'
const blockedPage = 'System > Protection > Automated detection > Blocked addresses'
const exemptionsPage = 'System > Protection > Automated detection > Exemptions'

/** Whose address is at stake: a client's, or that of somebody who belongs to nothing. */
const outsiders: Readonly<Record<string, string>> = {
  'the stranger': 'stranger',
  Alice: 'alice',
  'the board room': 'boardroom',
}

defineParameterType({
  name: 'outsider',
  regexp: new RegExp(Object.keys(outsiders).join('|')),
  transformer: (name: string) => outsiders[name]!,
})

async function addressOfOutsider(world: LabWorld, outsider: string): Promise<string> {
  const lab = await world.lab()
  return outsider === 'stranger' ? lab.fabric.address('internet', 66) : addressOf(lab, outsider)
}

Given('the Automated protection service is {onOff}', async function (this: LabWorld, isOn: boolean) {
  const values = { 'Automated protection service': isOn ? 'On' : 'Off' }
  await administer(this, 'vcse1', formChange('System > System administration', values))
})

Given('the category {string} is {onOff}', async function (this: LabWorld, category: string, isOn: boolean) {
  await changeRow(this, 'vcse1', detectionPage, category, { Status: isOn ? 'On' : 'Off' })
})

Given('the address of {outsider} is exempted', async function (this: LabWorld, outsider: string) {
  await administer(this, 'vcse1', onlyRows(exemptionsPage, [{ Address: await addressOfOutsider(this, outsider) }]))
})

Given('{outsider} has a connection to the HTTP proxy open', async function (this: LabWorld, outsider: string) {
  const connection = await openHttpProxy(this, await addressOfOutsider(this, outsider))
  this.memory.set(`connection of ${outsider}`, connection)
})

/** Sends each request over a connection of its own; every one of them has to be answered with this status. */
async function provoke(world: LabWorld, outsider: string, requests: readonly string[], wanted: number): Promise<void> {
  const from = await addressOfOutsider(world, outsider)
  for (const request of requests) {
    const reaction = await askHttpProxy(world, from, request)
    if (reaction !== wanted) throw new Mismatch(`what ${outsider} gets from the HTTP proxy`, wanted, reaction)
  }
}

When(
  '{outsider} guesses the password of {user} {int} times',
  async function (this: LabWorld, outsider: string, user: string, times: number) {
    const { domain } = (await this.lab()).topology
    const guesses = Array.from({ length: times }, (_, index) => edgeConfigRequest(domain, `${user}:guess-${index}`))
    await provoke(this, outsider, guesses, 401)
  },
)

When('{outsider} sends malformed HTTP {int} times', async function (this: LabWorld, outsider: string, times: number) {
  const malformed = Array.from({ length: times }, () => 'GET /\u0000 HTTP/1.1\r\nHost vcse1.example.com\r\n\r\n')
  await provoke(this, outsider, malformed, 400)
})

When('{user} asks for {int} pages that do not exist', async function (this: LabWorld, user: string, pages: number) {
  this.expectRefusal((message) => message.to === user && statusOf(message) === 404)
  const endpoint = await this.user(user)
  for (let page = 1; page <= pages; page++) {
    const url = `https://cuc1.example.com/vmrest/nothing-${page}`
    const { status } = await endpoint.call<{ status: number }>('fetch', { url })
    if (status !== 404) throw new Mismatch(`page ${page} for ${user}`, 404, status)
  }
  this.showRecord(user, `${pages} times 404`)
})

When('the administrator unblocks the address of {outsider}', async function (this: LabWorld, outsider: string) {
  await mustPress(this, 'vcse1', blockedPage, 'Unblock', { Address: await addressOfOutsider(this, outsider) })
})

/** Answered with a challenge, which is an answer as good as any and no failure. */
const harmless = edgeConfigRequest('example.com')

async function mustGet(world: LabWorld, outsider: string, fits: (reaction: ProxyReaction) => boolean, wanted: string) {
  world.expectRefusal((message) => message.to === outsider && statusOf(message) === 401)
  const reaction = await askHttpProxy(world, await addressOfOutsider(world, outsider), harmless)
  if (!fits(reaction)) throw new Mismatch(`what ${outsider} gets from the HTTP proxy`, wanted, reaction)
  world.showRecord(outsider, `from the HTTP proxy: ${reaction}`)
}

Then('{outsider} gets no answer from the HTTP proxy', async function (this: LabWorld, outsider: string) {
  await mustGet(this, outsider, (reaction) => reaction === 'silence', 'silence')
})

Then('{outsider} gets an answer from the HTTP proxy', async function (this: LabWorld, outsider: string) {
  await mustGet(this, outsider, (reaction) => typeof reaction === 'number', 'an answer')
})

Then('the open connection of {outsider} gets no answer either', async function (this: LabWorld, outsider: string) {
  const connection = this.recall<RawConnection>(`connection of ${outsider}`)
  const reaction = await askOn(connection, harmless)
  connection.destroy()
  if (reaction !== 'silence') throw new Mismatch(`on the open connection of ${outsider}`, 'silence', reaction)
  this.showRecord(outsider, 'a connection from before the block: silence')
})

Then(
  'the VCS Expressway lists the address of {outsider} as blocked: {string}',
  async function (this: LabWorld, outsider: string, category: string) {
    const address = await addressOfOutsider(this, outsider)
    const isListed = (rows: readonly ViewRow[]) =>
      rows.length === 1 && rows[0]!['address'] === address && rows[0]!['category'] === category
    const rows = await viewOn(this, 'vcse1', blockedPage, 'blocked')
    if (!isListed(rows)) throw new Mismatch('blocked addresses', `${address} ${category}`, rows)
    this.showRecord('vcse1', `blocked: ${address}, ${category}`)
  },
)

Then('the VCS Expressway lists no blocked address', async function (this: LabWorld) {
  const rows = await viewOn(this, 'vcse1', blockedPage, 'blocked')
  if (rows.length > 0) throw new Mismatch('blocked addresses', 'none', rows)
  this.showRecord('vcse1', 'no address is blocked')
})

Then(
  'the VCS Expressway shows the category {string} as {string}',
  async function (this: LabWorld, category: string, state: string) {
    let row: ViewRow | undefined
    const isSo = async () => {
      row = (await viewOn(this, 'vcse1', detectionPage, 'counters')).find((each) => each['category'] === category)
      return row?.['state'] === state
    }
    await waitFor(`category ${category} to be ${state}`, isSo, { limitMs: 1_000, lastSeen: () => row })
    this.showRecord('vcse1', `${category}: ${state}`)
  },
)
