import { Given } from '@cucumber/cucumber'
import { deviceFqdn, domainOf } from '#lab/plan/sip-devices.ts'
import { readTopology } from '#lab/topology/topology.ts'
import { withRows } from '#lab/vcs/vcs-document.ts'
import { Page, planPages } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

const searchRules = 'Configuration > Dial plan > Search rules'

/** In place of the DNS zone and the Default Zone: both search rules of that company are about this zone. */
Given('the VCS Expressway has a neighbor zone to the company of {user}', function (this: LabWorld, user: string) {
  const device = readTopology(this.topology).devices.find(({ id }) => id === user)
  if (device === undefined) throw new Error(`${user} is no device of ${this.topology}`)
  const zone = {
    Name: 'Partner',
    Type: 'Neighbor',
    'H.323 Mode': 'Off',
    'SIP Mode': 'On',
    Transport: 'TLS',
    Port: device.listens.tls ?? 5061,
    'TLS verify mode': 'On',
    'Media encryption mode': 'Auto',
    'Authentication policy': 'Do not check credentials',
    'Peer 1 address': deviceFqdn(device),
  }
  const changed = {
    [`To ${domainOf(device)}`]: { Target: zone.Name },
    FromPartners: { Source: zone.Name },
  }
  planPages(this, 'vcse1', (document) =>
    withRows(
      withRows(document, Page.zones, (rows) => [...rows, zone]),
      searchRules,
      (rows) => rows.map((row) => ({ ...row, ...changed[String(row['Rule name'])] })),
    ),
  )
})
