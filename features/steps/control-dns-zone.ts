import { Given } from '@cucumber/cucumber'
import { withRows } from '#lab/vcs/vcs-document.ts'
import { Page, planPages } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

const searchRules = 'Configuration > Dial plan > Search rules'

/** Its search rule for the domain leads there, no longer into the traversal zone. */
Given(
  'the VCS Control has a DNS zone for {string} with TLS verify mode {word}',
  function (this: LabWorld, domain: string, tlsVerifyMode: string) {
    const zone = {
      Name: 'DnsOfControl',
      Type: 'DNS',
      'SIP Mode': 'On',
      Transport: 'TLS',
      'TLS verify mode': tlsVerifyMode,
      'Media encryption mode': 'Auto',
    }
    planPages(this, 'vcsc1', (document) =>
      withRows(
        withRows(document, Page.zones, (rows) => [...rows, zone]),
        searchRules,
        (rows) => rows.map((row) => (row['Rule name'] === `To ${domain}` ? { ...row, Target: zone.Name } : row)),
      ),
    )
  },
)

interface DnsDocument {
  readonly zones: readonly string[]
  readonly records: readonly { readonly name: string }[]
}

Given('the internal DNS has the public records of {string} too', async function (this: LabWorld, domain: string) {
  const lab = await this.lab()
  let known: DnsDocument['records'] = []
  await lab.reconfigure<DnsDocument>('pubdns', (document) => {
    known = document.records.filter(({ name }) => name === domain || name.endsWith(`.${domain}`))
    return document
  })
  if (known.length === 0) throw new Error(`the public DNS has no record of ${domain}`)
  await lab.reconfigure<DnsDocument>('intdns', (document) => ({
    ...document,
    zones: [...document.zones, domain],
    records: [...document.records, ...known],
  }))
})
