import { choice, isHostOrAddress, onOff, secret, text } from '../field.ts'
import { formPage, Product, tablePage } from '../page.ts'
import {
  authenticationPolicy,
  mediaEncryption,
  ofTraversal,
  peers,
  sipFields,
  zoneProfile,
  ZoneType,
} from '../zone-fields.ts'

const page = 'Configuration > Zones > Zones'

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
    type: choice('Type', [ZoneType.traversalClient, ZoneType.neighbor, ZoneType.dns], { section: 'Configuration' }),
    username: text('Username', { section: 'Connection credentials', when: ofTraversal, isMandatory: true }),
    password: secret('Password', { section: 'Connection credentials', when: ofTraversal, isMandatory: true }),
    ...sipFields,
    mediaEncryption,
    authenticationPolicy,
    ...peers,
    zoneProfile,
  },
  check: (zone) => nameProblem(zone.name),
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
    type: choice('Type', [ZoneType.traversalServer, ZoneType.neighbor, ZoneType.dns], { section: 'Configuration' }),
    username: text('Username', {
      section: 'Connection credentials',
      when: ofTraversal,
      isMandatory: true,
      help: 'Its password stands in the local authentication database: the link below',
    }),
    ...sipFields,
    tlsVerifySubjectName: text('TLS verify subject name', {
      section: 'SIP',
      check: isHostOrAddress,
      when: [ofTraversal, { field: 'tlsVerifyMode', is: ['On'] }],
      isMandatory: true,
      help: "Looked for in the traversal client's certificate: common name or subject alternative names",
    }),
    mediaEncryption,
    authenticationPolicy,
    ...peers,
    zoneProfile,
  },
  check: (zone, others) => [
    ...nameProblem(zone.name),
    ...(listens(zone) && others.some((other) => listens(other) && other.port === zone.port)
      ? [{ field: 'Port', says: `${zone.port} is the port of another zone`, action: 'Choose the next free port' }]
      : []),
  ],
  views: status,
})

/** Guide: Setting up secure VCS traversal zones, Add/Edit local authentication database. */
export const localAuthenticationDatabase = tablePage({
  path: 'Configuration > Authentication > Devices > Local database',
  resource: 'edge/credential',
  on: [Product.control, Product.expressway],
  key: 'name',
  rowName: 'credential',
  create: 'Create credential',
  fields: {
    name: text('Name', { isMandatory: true }),
    password: secret('Password', { isMandatory: true }),
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

const listens = ({ type }: { readonly type: ZoneType }): boolean => type === ZoneType.traversalServer

/** Sources and targets of search rules go by these words already; generated zones have their prefix for themselves. */
function nameProblem(name: string) {
  const isTaken = /^(any|all zones|local ?zone|default ?zone|CEtcp-.*|CEtls-.*)$/i.test(name)
  return isTaken ? [{ field: 'Name', says: `"${name}" has a meaning of its own`, action: 'Choose another Name' }] : []
}
