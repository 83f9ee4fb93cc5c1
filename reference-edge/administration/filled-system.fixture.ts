import { Product } from '../configuration/page.ts'
import type { TablePage } from '../configuration/page.ts'
import type { AdministeredTestSystem } from './administered-system.fixture.ts'
import { pageAt } from './menu.ts'

const zone = {
  name: 'Traversal zone',
  username: 'exampleauth',
  h323Mode: 'Off',
  ucServices: 'Yes',
  tlsVerifyMode: 'On',
  mediaEncryption: 'Force encrypted',
}

/** A configuration and a running system such as an administrator meets them. */
export function fillForShow(vcs: AdministeredTestSystem): void {
  const { configuration } = vcs
  const isControl = configuration.product === Product.control
  const save = (path: string, given: Record<string, unknown>) => {
    const page = pageAt(configuration.pages, path)
    if (page?.kind === 'form') return must(configuration.save(page, given, 'admin'))
    return must(configuration.create(page as TablePage, given, 'admin'))
  }
  save('System > DNS', { hostName: 'vcs1', domainName: 'example.com', address1: '127.1.3.53' })
  save('System > Time', { address: 'ntp1.example.com' })
  save('Configuration > Unified Communications > Configuration', { mode: 'Mobile and remote access' })
  const rest = isControl
    ? { password: 'ex4mpl3.c0m', peer1: 'vcse1.example.com' }
    : { tlsVerifySubjectName: 'vcsc1.example.com' }
  save('Configuration > Zones > Zones', { ...zone, ...rest })
  if (isControl) {
    save('Configuration > Domains', { name: 'example.com', sipOnUnifiedCm: 'On', imAndPresence: 'On' })
    const publisher = { username: 'axl', password: 'secret' }
    save('Configuration > Unified Communications > Unified CM servers', { address: 'cucm1.example.com', ...publisher })
  }
  for (const page of configuration.pages) {
    for (const [name, { columns }] of Object.entries(page.views ?? {})) {
      const row = Object.fromEntries(Object.entries(columns).map(([key, label]) => [key, samples[key] ?? label]))
      vcs.rows.set(`${page.resource}/${name}`, [row, { ...row, state: 'Failed' }])
    }
  }
  for (const [index, row] of (vcs.rows.get('common/alarm/alarms') ?? []).entries()) {
    vcs.rows.get('common/alarm/alarms')![index] = { ...row, alarm: `alarm-${index}` }
  }
  vcs.rows.set('controller/status/provisioningsessions/sessions', sessions)
  vcs.banners.push('Changes are stored that take effect when the system restarts.')
}

function must(outcome: { ok: boolean }): void {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome))
}

const samples: Readonly<Record<string, string>> = {
  name: 'Traversal zone',
  state: 'Active',
  page: 'System > DNS',
  says: 'No DNS server is specified',
  action: 'Enter Address 1',
  id: '25010',
  title: 'Restart required',
  description: 'Changes are stored that take effect when the system restarts',
  severity: 'Warning',
  line: '2026-01-05T10:00:02+00:00 vcse1 tvcs: Event="Registration Accepted" Service="SIP" Src-ip="127.1.1.71" Protocol="TLS" AOR="sip:1001@cucm1.example.com" Level="1" UTCTime="2026-01-05 10:00:02,123"',
  fingerprint: 'AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89',
  pem: '-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----',
}

const sessions = [
  { username: 'alice', device: 'CSFALICE', domain: 'example.com', started: '2026-01-05 10:00:02', state: 'Current' },
  { username: 'boardroom', device: 'SEP1004', domain: 'example.com', started: '2026-01-05 09:12:40', state: 'Recent' },
]
