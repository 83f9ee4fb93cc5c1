import { choice, integer, isDomainName, isHostOrAddress, isIpv4, onOff, secret, text } from '../field.ts'
import type { TextCheck } from '../field.ts'
import { formPage, tablePage } from '../page.ts'

/** Underscores are taken, as the product takes them: what they break is a limitation of the SSH tunnels. */
const isHostName: TextCheck = (given) =>
  /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(given)
    ? undefined
    : { says: `"${given}" is no host name`, action: 'Use letters, digits and hyphens only, without the domain' }

const server = (number: number, required?: string) =>
  text(`Address ${number}`, {
    section: 'Default DNS servers',
    check: isIpv4,
    help: 'IP address of a DNS server',
    ...(required === undefined ? {} : { required }),
  })

/** Guide: Configuring DNS and NTP settings, steps 1 and 2. */
export const systemDns = formPage({
  path: 'System > DNS',
  resource: 'common/dns',
  isPerPeer: true,
  effect: 'service',
  intro: 'The name of this VCS and the DNS servers it asks. Host name and domain name together are its FQDN.',
  fields: {
    hostName: text('System host name', {
      section: 'DNS settings',
      check: isHostName,
      help: 'Letters, digits and hyphens only',
      required: 'System host name is not specified',
    }),
    domainName: text('Domain name', {
      section: 'DNS settings',
      check: isDomainName,
      help: 'Appended to names without a domain',
      required: 'Domain name is not specified',
    }),
    address1: server(1, 'No DNS server is specified'),
    address2: server(2),
    address3: server(3),
    address4: server(4),
    address5: server(5),
  },
})

/** Guide: Configuring DNS and NTP settings, step 3. */
export const systemTime = tablePage({
  path: 'System > Time',
  resource: 'common/time/ntpserver',
  isPerPeer: true,
  intro: 'Every VCS has to be synchronized to a reliable NTP service.',
  key: 'address',
  rowName: 'NTP server',
  create: 'Add NTP server',
  mostRows: 5,
  required: 'No NTP server is specified',
  columns: ['address', 'authentication', 'keyId', 'hash'],
  fields: {
    address: text('Address', {
      isMandatory: true,
      check: isHostOrAddress,
      help: 'FQDN or IP address of an NTP server',
    }),
    authentication: choice('Authentication', ['Disabled', 'Symmetric key'], {
      help: 'In accordance with your local policy',
    }),
    keyId: integer('Key ID', {
      initial: 1,
      minimum: 1,
      maximum: 65_534,
      when: { field: 'authentication', is: ['Symmetric key'] },
    }),
    hash: choice('Hash', ['SHA-1', 'MD5'], { when: { field: 'authentication', is: ['Symmetric key'] } }),
    passPhrase: secret('Pass phrase', {
      isMandatory: true,
      when: { field: 'authentication', is: ['Symmetric key'] },
    }),
  },
  views: {
    status: {
      title: 'Status',
      columns: { address: 'NTP server', state: 'State', offset: 'Offset', stratum: 'Stratum', reason: 'Reason' },
      empty: 'No NTP server is configured',
    },
  },
})

export const systemAdministration = formPage({
  path: 'System > System administration',
  resource: 'common/adminsettings',
  fields: {
    systemName: text('System name', { help: 'Shown in the page headings', maxLength: 50, isPerPeer: true }),
    sessionTimeout: integer('Session time out', {
      isPerPeer: true,
      section: 'Services',
      initial: 30,
      minimum: 1,
      maximum: 10_000,
      unit: 'minutes',
      help: 'How long a login of a browser lasts without use',
    }),
    automatedProtectionService: onOff('Automated protection service', 'Off', {
      section: 'Services',
      help: 'Has to be on before any category of System > Protection > Automated detection works',
    }),
  },
})
