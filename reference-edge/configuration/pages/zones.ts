import type { Fields } from '../field.ts'
import { choice, isHostOrAddress, onOff, port, secret, text } from '../field.ts'
import { formPage, Product, tablePage, toolPage } from '../page.ts'

const authenticationPolicies = ['Do not check credentials', 'Check credentials', 'Treat as authenticated'] as const
const page = 'Configuration > Zones > Zones'

const traversal = { field: 'type', is: ['Traversal client', 'Traversal server'] }
const onlyUc = (asked: string) => ({ required: `The Unified Communications zone's ${asked}` })

/** Fields of both ends of a traversal zone, in the order of the guide's table. */
const sipFields = {
  h323Mode: onOff('H.323 Mode', 'On', {
    section: 'H.323',
    when: traversal,
    help: 'Stored only: this VCS has no H.323, and nothing listens for it whatever stands here',
    requiredValue: ['Off'],
    ...onlyUc('H.323 Mode is not Off'),
  }),
  sipMode: onOff('SIP Mode', 'On', {
    section: 'SIP',
    help: 'Off: the zone is down; the VCS Expressway does not listen, the VCS Control does not connect',
    requiredValue: ['On'],
    ...onlyUc('SIP Mode is not On'),
  }),
  port: port('Port', {
    section: 'SIP',
    initial: 7001,
    help: 'The same at both ends: 7001 for the first zone, 7002 for the next',
  }),
  transport: choice('Transport', ['TLS', 'TCP'], {
    section: 'SIP',
    help: 'TCP is for zones without Unified Communications services; those services do not go over it',
    requiredValue: ['TLS'],
    ...onlyUc('Transport is not TLS'),
  }),
  ucServices: choice('Unified Communications services', ['No', 'Yes'], {
    section: 'SIP',
    when: traversal,
    needsMode: true,
    help: 'Yes at both ends of one zone, and of one zone only: of several the first serves',
  }),
  tlsVerifyMode: onOff('TLS verify mode', 'Off', {
    section: 'SIP',
    when: { field: 'transport', is: ['TLS'] },
    help: 'Off: this VCS takes any certificate of the other one, whatever its CA, its names and its dates',
    requiredValue: ['On'],
    ...onlyUc('TLS verify mode is not On'),
  }),
} satisfies Fields

const mediaEncryption = choice(
  'Media encryption mode',
  ['Auto', 'Force encrypted', 'Force unencrypted', 'Best effort'],
  {
    section: 'SIP',
    help: 'For the legs through this zone; the B2BUA of the VCS Control does it, the VCS Expressway relays media as they are',
    requiredValue: ['Force encrypted'],
    ...onlyUc('Media encryption mode is not Force encrypted'),
  },
)

const authenticationPolicy = choice('Authentication policy', authenticationPolicies, {
  section: 'Authentication',
  requiredValue: ['Do not check credentials'],
  ...onlyUc('Authentication policy is not Do not check credentials'),
})

const peer = (number: number) =>
  text(`Peer ${number} address`, {
    section: 'Location',
    check: isHostOrAddress,
    isMandatory: number === 1,
    help:
      number === 1
        ? 'FQDN of the VCS Expressway; an IP address has to stand in its certificate'
        : 'FQDN of another VCS Expressway of a cluster; stored, in use with clusters only',
  })

const status = {
  zones: {
    title: 'Status',
    columns: { name: 'Name', type: 'Type', state: 'State', peer: 'Peer', transport: 'Transport', reason: 'Reason' },
    empty: 'No zone',
  },
} as const

/** Guide: Setting up secure VCS traversal zones, VCS Control. */
export const controlZones = tablePage({
  path: page,
  resource: 'controller/zone',
  on: [Product.control],
  key: 'name',
  rowName: 'zone',
  required: 'No traversal zone has Unified Communications services',
  columns: ['name', 'type', 'port', 'transport', 'ucServices', 'peer1'],
  fields: {
    name: text('Name', { section: 'Configuration', isMandatory: true, maxLength: 50 }),
    type: choice('Type', ['Traversal client'], { section: 'Configuration' }),
    username: text('Username', { section: 'Connection credentials', isMandatory: true }),
    password: secret('Password', { section: 'Connection credentials', isMandatory: true }),
    ...sipFields,
    mediaEncryption,
    authenticationPolicy,
    peer1: peer(1),
    peer2: peer(2),
    peer3: peer(3),
    peer4: peer(4),
    peer5: peer(5),
    peer6: peer(6),
  },
  views: status,
})

/** Guide: Setting up secure VCS traversal zones, VCS Expressway. */
export const expresswayZones = tablePage({
  path: page,
  resource: 'edge/zone',
  on: [Product.expressway],
  key: 'name',
  rowName: 'zone',
  required: 'No traversal zone has Unified Communications services',
  columns: ['name', 'type', 'port', 'transport', 'ucServices', 'tlsVerifySubjectName'],
  fields: {
    name: text('Name', { section: 'Configuration', isMandatory: true, maxLength: 50 }),
    type: choice('Type', ['Traversal server'], { section: 'Configuration' }),
    username: text('Username', {
      section: 'Connection credentials',
      isMandatory: true,
      help: 'Its password stands in the local authentication database: the link below',
    }),
    ...sipFields,
    tlsVerifySubjectName: text('TLS verify subject name', {
      section: 'SIP',
      check: isHostOrAddress,
      when: { field: 'tlsVerifyMode', is: ['On'] },
      isMandatory: true,
      help: "Looked for in the traversal client's certificate: common name or subject alternative names",
    }),
    mediaEncryption,
    authenticationPolicy,
  },
  check: (zone, others) =>
    others.some(({ port: taken }) => taken === zone.port)
      ? [{ field: 'Port', says: `${zone.port} is the port of another zone`, action: 'Choose the next free port' }]
      : [],
  views: status,
})

/** Guide: Setting up secure VCS traversal zones, Add/Edit local authentication database. */
export const localAuthenticationDatabase = tablePage({
  path: 'Configuration > Authentication > Devices > Local database',
  resource: 'edge/credential',
  on: [Product.expressway],
  key: 'name',
  rowName: 'credential',
  create: 'Create credential',
  fields: {
    name: text('Name', { isMandatory: true }),
    password: secret('Password', { isMandatory: true }),
  },
})

/** Guide: Automatically generated zones and search rules. */
export const searchRules = toolPage({
  path: 'Configuration > Dial plan > Search rules',
  resource: 'controller/searchrule',
  on: [Product.control],
  intro: 'Rules of discovered Unified CM nodes are generated and cannot be edited.',
  views: {
    rules: {
      title: 'Search rules',
      columns: {
        priority: 'Priority',
        name: 'Rule name',
        patternType: 'Pattern type',
        pattern: 'Pattern string',
        target: 'Target',
        isConfigurable: 'Configurable',
      },
      empty: 'No search rule',
    },
  },
})

/** Guide: Ensuring that TURN services are disabled on VCS Expressway. */
export const turn = formPage({
  path: 'Configuration > Traversal > TURN',
  resource: 'edge/traversal/turn',
  on: [Product.expressway],
  intro:
    'With TURN services on this VCS answers STUN Binding requests on UDP port 3478 and asks for credentials where ' +
    'a relay is wanted. It never allocates one: relaying is not part of this VCS.',
  fields: {
    services: onOff('TURN services', 'Off', {
      required: 'TURN services are on; mobile and remote access needs them off',
      requiredValue: ['Off'],
    }),
  },
})
