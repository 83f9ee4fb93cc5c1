import { Then } from '@cucumber/cucumber'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch, seen } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import type { LabWorld } from '../support/world.ts'

/** Guide, Appendix 1: as Jabber's log shows it, the id of that day left out. */
const bindError =
  "<iq type='error'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><error code='409' type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"

/** Names, attributes and nesting of a stanza; quotes, its id and the namespace of the stream are no part of it. */
function tokens(stanza: string): string[] {
  return stanza
    .replaceAll("'", '"')
    .replace(/ xmlns="jabber:client"/, '')
    .replace(/ id="[^"]*"/, '')
    .split(/(?=<)|(?<=>)|(?=\/>)| /)
    .filter((token) => token !== '')
}

Then('{user} receives the bind error of the guide', async function (this: LabWorld, user: string) {
  const message = await seen(
    this,
    `a bind error at ${user}`,
    ({ to, protocol, bytes }) => to === user && protocol === 'XMPP' && bytes.includes('xmpp-bind') && isError(bytes),
  )
  const [found, wanted] = [tokens(message.bytes.toString('utf8')), tokens(bindError)]
  if (found.join(' ') !== wanted.join(' ')) throw new Mismatch('the bind error', wanted, found)
})

const isError = (bytes: Buffer) => /^<iq[^>]* type=["']error["']/.test(bytes.toString('utf8'))

Then('IM&P has accepted the login of {user}', async function (this: LabWorld, user: string) {
  const { management } = await this.host('imp1')
  const { logins } = await management.call<{ logins: { userId?: string; via: string }[] }>('history')
  if (!logins.some(({ userId, via }) => userId === user && via === 'xcp'))
    throw new Mismatch('logins at IM&P', `${user} over XCP`, logins)
  this.showRecord('imp1', `SASL login of ${user} accepted`)
})

const logOf = async (world: LabWorld, user: string) => (await world.user(user)).call<string[]>('clientLog')

Then("the log of {user}'s Jabber has {string}", async function (this: LabWorld, user: string, text: string) {
  const lines = await logOf(this, user)
  const line = lines.find((each) => each.endsWith(text))
  if (line === undefined) throw new Mismatch(`csf-unified.log of ${user}`, text, lines)
  this.showRecord(user, line)
})

Then("the log of {user}'s Jabber is empty", async function (this: LabWorld, user: string) {
  const lines = await logOf(this, user)
  if (lines.length > 0) throw new Mismatch(`csf-unified.log of ${user}`, 'empty', lines)
  this.showRecord(user, 'csf-unified.log: no error')
})

Then(
  "{user}'s Jabber has left port {int} of the {host}",
  async function (this: LabWorld, user: string, port: number, host: string) {
    const remote = `${addressOf(await this.lab(), host)}:${port}`
    let last: { opened: number; closed: number } | undefined
    await waitFor(
      `${user} to leave ${remote}`,
      async () => {
        const { events } = await this.timeline()
        const own = events.filter((event) => event.host === user && event.remote === remote)
        const connections = (kind: string) =>
          new Set(own.filter((event) => event.kind === kind).map(({ connection }) => connection)).size
        last = { opened: connections('open'), closed: connections('close') }
        return last.opened > 0 && last.opened === last.closed
      },
      { lastSeen: () => last },
    )
    this.showRecord(user, `all ${last!.opened} connections to ${remote} are closed`)
  },
)
