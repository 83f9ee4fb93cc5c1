import { text } from '../field.ts'
import { Product, toolPage } from '../page.ts'

const onControl = [Product.control]

/** Guide, Checking call status: the calls of every peer of a cluster are shown. */
const inCluster = { peer: 'Peer' } as const

/** Guide: Checking alarms and status. */
export const alarms = toolPage({
  path: 'Status > Alarms',
  resource: 'common/alarm',
  views: {
    alarms: {
      title: 'Alarms',
      columns: {
        id: 'ID',
        title: 'Alarm',
        description: 'Description',
        state: 'State',
        severity: 'Severity',
        firstRaised: 'First raised',
        lastRaised: 'Last raised',
        action: 'Action',
        page: 'Page',
      },
      empty: 'No alarm is raised',
    },
  },
  actions: {
    acknowledge: { label: 'Acknowledge', onRowOf: 'alarms', fields: { alarm: text('Alarm', { isMandatory: true }) } },
  },
})

/** Guide: VCS call types and licensing. */
export const resourceUsage = toolPage({
  path: 'Status > System > Resource usage',
  resource: 'common/status/resourceusage',
  intro:
    'Since the last restart. An audio-only traversal call holds a whole license while it is set up, then half of one.',
  views: {
    usage: {
      title: 'Resource usage',
      columns: { name: 'Resource', current: 'Current', peak: 'Peak', limit: 'Limit', refused: 'Refused' },
      empty: 'None',
    },
  },
})

const errors = {
  title: 'Configuration errors',
  columns: { says: 'Error', action: 'Action', page: 'Page' },
  empty: 'None',
} as const
const domains = {
  title: 'Domains',
  columns: { name: 'Domain', services: 'Services', state: 'Status' },
  empty: 'No domain',
} as const
const zones = {
  title: 'Zones',
  columns: { name: 'Zone', type: 'Type', state: 'Status', peer: 'Peer', reason: 'Reason', page: 'Page' },
  empty: 'No zone',
} as const
const servers = (title: string) =>
  ({
    title,
    columns: { name: 'Node', publisher: 'Publisher', state: 'Status', problem: 'Problem', page: 'Page' },
    empty: 'None',
  }) as const
const sshTunnels = {
  title: 'SSH tunnels',
  columns: { peer: 'Peer', state: 'Status', channels: 'Open channels', reason: 'Reason' },
  empty: 'No SSH tunnel',
} as const

/** Guide: Checking the status of Unified Communications services. */
export const unifiedCommunicationsStatus = toolPage({
  path: 'Status > Unified Communications',
  resource: 'common/status/unifiedcommunications',
  on: onControl,
  views: {
    summary: { title: 'Summary', columns: { name: 'Service', state: 'Status' }, empty: 'Off' },
    errors,
    domains,
    zones,
    unifiedCm: servers('Unified CM servers'),
    imAndPresence: servers('IM and Presence servers'),
    sshTunnels,
  },
})

export const unifiedCommunicationsStatusOnExpressway = toolPage({
  path: 'Status > Unified Communications',
  resource: 'common/status/unifiedcommunications',
  on: [Product.expressway],
  views: {
    summary: { title: 'Summary', columns: { name: 'Service', state: 'Status' }, empty: 'Off' },
    errors,
    domains,
    zones,
    sshTunnels,
  },
})

/** Guide: Identifying provisioned sessions in VCS Control. */
export const provisioningSessions = toolPage({
  path: 'Status > Unified Communications > View provisioning sessions',
  resource: 'controller/status/provisioningsessions',
  on: onControl,
  intro: 'Current sessions, and recent ones in red.',
  views: {
    sessions: {
      title: 'Provisioning sessions',
      columns: {
        username: 'Username',
        device: 'Device',
        userAgent: 'User agent',
        server: 'Unified CM server',
        started: 'Started',
        state: 'State',
      },
      inCluster,
      empty: 'No provisioning session',
    },
  },
})

/** Guide, Checking call status: calls of all types stand in one list, and only their components tell them apart. */
const call = {
  start: 'Start time',
  source: 'Source',
  destination: 'Destination',
  duration: 'Duration',
  status: 'Status',
  components: 'Components',
} as const

export const calls = toolPage({
  path: 'Status > Calls > Calls',
  resource: 'common/status/calls',
  views: { calls: { title: 'Current calls', columns: call, inCluster, empty: 'No call' } },
})

export const callHistory = toolPage({
  path: 'Status > Calls > History',
  resource: 'common/status/callhistory',
  intro: 'The most recent 500 calls of each peer since its last restart.',
  views: { calls: { title: 'Call history', columns: call, inCluster, empty: 'No call since the last restart' } },
})

export const searchHistory = toolPage({
  path: 'Status > Search history',
  resource: 'common/status/searchhistory',
  views: {
    searches: {
      title: 'Search history',
      columns: {
        at: 'Time',
        type: 'Type',
        source: 'Source',
        destination: 'Destination',
        rule: 'Rule',
        zone: 'Zone',
        outcome: 'Status',
      },
      empty: 'No search since the last restart',
    },
  },
})

export const registrations = toolPage({
  path: 'Status > Registrations > By device',
  resource: 'common/status/registrations',
  intro:
    'Devices registered to Unified CM through this VCS or a peer of its cluster, and on a VCS Control those registered to it.',
  views: {
    registrations: {
      title: 'Registrations',
      columns: {
        aor: 'Address of record',
        contact: 'Contact',
        type: 'Type',
        zone: 'Zone',
        expires: 'Expires',
        state: 'State',
      },
      inCluster: { expressway: 'VCS Expressway', ...inCluster },
      empty: 'No registration',
      link: {
        label: 'Registration details',
        path: 'Status > Registrations > By device > Registration details',
        by: 'details',
      },
    },
  },
})

export const zoneStatus = toolPage({
  path: 'Status > Zones',
  resource: 'common/status/zones',
  views: { zones },
})

export const eventLog = toolPage({
  path: 'Status > Logs > Event Log',
  resource: 'common/status/eventlog',
  views: {
    events: { title: 'Event log', columns: { line: 'Event' }, empty: 'No event' },
  },
})

export const configurationLog = toolPage({
  path: 'Status > Logs > Configuration Log',
  resource: 'common/status/configurationlog',
  views: {
    changes: {
      title: 'Configuration changes',
      columns: { at: 'Time', by: 'User', page: 'Page', row: 'Row', field: 'Field', old: 'From', new: 'To' },
      empty: 'No change',
    },
  },
})
