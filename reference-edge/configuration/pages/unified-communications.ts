import { choice, integer, isDomainName, isHostOrAddress, onOff, secret, text } from '../field.ts'
import type { Fields } from '../field.ts'
import { formPage, Product, tablePage } from '../page.ts'

const onControl = [Product.control]
const onExpressway = [Product.expressway]
const modes = ['Off', 'Mobile and remote access'] as const

const mode = choice('Unified Communications mode', modes, {
  help: 'Mobile and remote access first: domains, servers and the zone depend on it',
  required: 'Unified Communications mode is not Mobile and remote access',
  requiredValue: ['Mobile and remote access'],
})

/** Guide: Enabling mobile and remote access; Credential caching intervals. */
export const unifiedCommunications = formPage({
  path: 'Configuration > Unified Communications > Configuration',
  resource: 'common/mra',
  on: onControl,
  fields: {
    mode,
    credentialsRefreshInterval: integer('Credentials refresh interval', {
      section: 'Advanced',
      isAdvanced: true,
      initial: 480,
      minimum: 1,
      maximum: 525_600,
      unit: 'minutes',
      help: 'How long credentials that Unified CM has authenticated are kept',
    }),
    credentialsCleanupInterval: integer('Credentials cleanup interval', {
      section: 'Advanced',
      isAdvanced: true,
      initial: 720,
      minimum: 1,
      maximum: 525_600,
      unit: 'minutes',
      help: 'How often expired credentials are removed',
    }),
  },
})

/** The Expressway's page of the same name has the mode only. */
export const unifiedCommunicationsOnExpressway = formPage({
  path: 'Configuration > Unified Communications > Configuration',
  resource: 'common/mra',
  on: onExpressway,
  fields: { mode },
})

/** Guide: Configuring the HTTP server allow list (whitelist) on VCS Control. */
export const httpAllowList = tablePage({
  path: 'Configuration > Unified Communications > Configuration > HTTP server allow list',
  resource: 'controller/mra/allowlist',
  on: onControl,
  needsMode: true,
  intro:
    'Servers that clients outside may reach by HTTP. Discovered Unified CM and IM and Presence nodes are allowed besides and not shown.',
  key: 'server',
  rowName: 'allow list entry',
  create: 'Create entry',
  fields: {
    server: text('Server hostname', { isMandatory: true, check: isHostOrAddress, help: 'Host name or IP address' }),
    description: text('Description'),
  },
})

const publisher = <const Label extends string>(label: Label) =>
  ({
    address: text(label, { isMandatory: true, check: isHostOrAddress, help: 'FQDN (recommended) or IP address' }),
    username: text('Username', { isMandatory: true, help: 'A user with the role Standard AXL API Access' }),
    password: secret('Password', { isMandatory: true }),
    tlsVerifyMode: onOff('TLS verify mode', 'On', {
      help: "Whether the server's certificates have to be valid and trusted",
    }),
  }) satisfies Fields

const nodes = {
  title: 'Discovered nodes',
  columns: {
    publisher: 'Publisher',
    name: 'Node',
    role: 'Role',
    address: 'Address',
    version: 'Version',
    state: 'Status',
    problem: 'Problem',
  },
  empty: 'No node is discovered',
} as const

const refresh = {
  refresh: { label: 'Refresh servers', says: 'Asks every publisher for its nodes anew.' },
} as const

/** Guide: Configuring Unified CM servers. */
export const unifiedCmServers = tablePage({
  path: 'Configuration > Unified Communications > Unified CM servers',
  resource: 'controller/server/cucm',
  on: onControl,
  needsMode: true,
  key: 'address',
  rowName: 'Unified CM server',
  create: 'Add address',
  required: 'No Unified CM server is configured',
  fields: publisher('Unified CM publisher address'),
  views: { nodes },
  actions: refresh,
})

/** Guide: Configuring IM&P servers. */
export const imAndPresenceServers = tablePage({
  path: 'Configuration > Unified Communications > IM and Presence servers',
  resource: 'controller/server/imp',
  on: onControl,
  needsMode: true,
  key: 'address',
  rowName: 'IM and Presence server',
  create: 'Add address',
  required: 'No IM and Presence server is configured',
  fields: publisher('IM and Presence publisher address'),
  views: { nodes },
  actions: refresh,
})

/** Guide: Configuring the domains to route to Unified CM. */
export const domains = tablePage({
  path: 'Configuration > Domains',
  resource: 'controller/domain',
  on: onControl,
  effect: 'service',
  key: 'name',
  rowName: 'domain',
  required: 'No domain has services on Unified CM',
  fields: {
    name: text('Domain name', { isMandatory: true, check: isDomainName }),
    sipOnVcs: onOff('SIP registrations and provisioning on VCS', 'On', {
      section: 'Supported services for this domain',
    }),
    sipOnUnifiedCm: onOff('SIP registrations and provisioning on Unified CM', 'Off', {
      section: 'Supported services for this domain',
      needsMode: true,
    }),
    imAndPresence: onOff('IM and Presence services on Unified CM', 'Off', {
      section: 'Supported services for this domain',
      needsMode: true,
    }),
  },
  check: (domain, others) =>
    domain.imAndPresence === 'On' && others.some(({ imAndPresence }) => imAndPresence === 'On')
      ? [
          {
            field: 'IM and Presence services on Unified CM',
            says: 'is on for another domain; a deployment has one IM and Presence domain',
            action: 'Set it to Off for the other domain first',
          },
        ]
      : [],
})
