import { Given, Then, When } from '@cucumber/cucumber'
import { certify } from '../support/certificates.ts'
import { Mismatch } from '../support/matchers.ts'
import { administer, onlyRows, Page } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

const sip = 'SIP registrations and provisioning on Unified CM'
const im = 'IM and Presence services on Unified CM'

/** The users' e-mail domain stays for SIP; IM and Presence moves to a domain of its own. */
When('the administrator gives IM and Presence the domain {string}', async function (this: LabWorld, name: string) {
  const mail = (await this.lab()).topology.domain
  const rows = [
    { 'Domain name': mail, [sip]: 'On', [im]: 'Off' },
    { 'Domain name': name, [sip]: 'Off', [im]: 'On' },
  ]
  await administer(this, 'vcsc1', onlyRows(Page.domains, rows))
})

Given(
  'the certificate of the {host} names only {string} and {string}',
  function (this: LabWorld, host: string, first: string, second: string) {
    certify(this, host, (request) => ({ ...request, names: [first, second] }))
  },
)

When('the administrator adds the IM and Presence server', async function (this: LabWorld) {
  const { username, password } = (await this.lab()).secrets.axl
  const account = { Username: username, Password: password, 'TLS verify mode': 'On' }
  const row = { 'IM and Presence publisher address': 'imp1.example.com', ...account }
  await administer(this, 'vcsc1', onlyRows(Page.imAndPresence, [row]))
})

interface Description {
  readonly pages: readonly { readonly path: string; readonly fields?: readonly { readonly label: string }[] }[]
}

/** Menu paths and labels of everything that can be configured, as the VCS describes itself. */
async function settingsAbout(world: LabWorld, host: string, word: string): Promise<string[]> {
  await using administrator = (await world.lab()).administrator(host)
  const { pages } = await administrator.call<Description>({ method: 'GET', path: '/api/provisioning' })
  const texts = pages.flatMap(({ path, fields = [] }) => [path, ...fields.map(({ label }) => `${path}: ${label}`)])
  return texts.filter((text) => text.toLowerCase().includes(word.toLowerCase()))
}

Then('no page of the {host} has a setting about {string}', async function (this: LabWorld, host: string, word: string) {
  const found = await settingsAbout(this, host, word)
  if (found.length > 0) throw new Mismatch(`settings of ${host} about ${word}`, 'none', found)
  this.showRecord(host, `no page and no field is about ${word}`)
})

Then('the {host} has a setting about {string}', async function (this: LabWorld, host: string, word: string) {
  const found = await settingsAbout(this, host, word)
  if (found.length === 0) throw new Mismatch(`settings of ${host} about ${word}`, 'some', found)
  this.showRecord(host, `about ${word}: ${found[0]}`)
})
